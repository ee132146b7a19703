import { type IdPrefix, parsePublicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import { z } from 'zod'

/** The `:id` of a path. */
export const idParams = z.object({ id: z.string() })

/** The UUID of a public id in a path; what is no such id names nothing, so it is `not-found`. */
export function idFromPath(prefix: IdPrefix, id: string): string {
  const uuid = parsePublicId(prefix, id)
  if (uuid === null) throw new Problem('not-found', `The address takes an id that begins with ${prefix}_.`)
  return uuid
}
