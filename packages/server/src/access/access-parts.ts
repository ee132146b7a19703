import { newUuid } from '@heed/core'
import type { Pool } from 'pg'

/** What the use cases of this folder need from outside. */
export type AccessParts = {
  readonly pool: Pool
  readonly now: () => Date
  readonly random: (size: number) => Uint8Array
}

/** A fresh id in the order of time. */
export function freshId({ now, random }: Pick<AccessParts, 'now' | 'random'>): string {
  return newUuid(now().getTime(), random)
}
