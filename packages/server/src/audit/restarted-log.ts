import { type Checkpoint, fromBase64 } from '@heed/core'
import { z } from 'zod'

const restart = z.object({
  kind: z.literal('log-restarted'),
  body: z.object({ origin: z.string(), size: z.int().nonnegative(), root: z.string() }),
})

/** The checkpoint of the log before, which the first leaf of a log names when it had to begin anew; null for any other leaf. */
export function restartedLog(entry: string): Checkpoint | null {
  const parsed = restart.safeParse(JSON.parse(entry))
  const root = parsed.data === undefined ? null : fromBase64(parsed.data.body.root)
  return parsed.data === undefined || root === null ? null : { ...parsed.data.body, root }
}
