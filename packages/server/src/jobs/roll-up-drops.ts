import type pg from 'pg'
import { dropsIn } from '../asking/drops.store.ts'

/** About 250 items each; a transaction of this many takes well under a second. */
const BATCHES_AT_ONCE = 500

/**
 * Moves the counts of refused items from the batches that ingest left behind to their hours and digests. May run on several
 * nodes at once and be killed at any moment: a batch is counted in the transaction that deletes it.
 * @returns how many batches it took
 */
export async function rollUpDrops(pool: pg.Pool, batchesAtOnce = BATCHES_AT_ONCE): Promise<number> {
  let total = 0
  for (;;) {
    const taken = await dropsIn(pool).rollUp(batchesAtOnce)
    total += taken
    if (taken < batchesAtOnce) return total
  }
}
