import { newUuid } from '@heed/core'

/** Randomness of this many ids is drawn at once: a call of its own for each cost a tenth of the time of a batch. */
const POOLED_IDS = 512
const RANDOM_BYTES = 10

/** Fresh UUIDv7s. */
export function idMaker(now: () => Date, random: (size: number) => Buffer): () => string {
  let pool: Buffer = Buffer.alloc(0)
  let used = 0
  const draw = (size: number): Buffer => {
    if (used + size > pool.length) {
      pool = random(POOLED_IDS * RANDOM_BYTES)
      used = 0
    }
    used += size
    return pool.subarray(used - size, used)
  }
  return () => newUuid(now().getTime(), draw)
}
