import type pg from 'pg'
import { inTransaction } from '../store/transaction.ts'
import { everyExportIn } from './exports.store.ts'

/** So many at a time that a transaction stays short. */
const BATCH = 10

/**
 * Deletes what was kept long enough, and what holds data of somebody erased whom nothing brings back. Answers how many. Rows
 * that another node is at are passed over.
 */
export async function forgetExports(pool: pg.Pool, now: Date): Promise<number> {
  let forgotten = 0
  for (;;) {
    const some = await inTransaction(pool, (client) => everyExportIn(client).forget(now, BATCH))
    forgotten += some
    if (some < BATCH) return forgotten
  }
}
