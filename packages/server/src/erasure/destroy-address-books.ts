import type pg from 'pg'
import { inTransaction } from '../store/transaction.ts'
import { keyEndsIn } from './key-ends.store.ts'

/** Requests a transaction. */
const AT_ONCE = 500

/**
 * Destroys the address books that nobody needs any more: past their day, or ninety days after their request was settled.
 * From then on nobody can tell whom a request was about. Safe on several nodes at once. Answers how many went.
 */
export async function destroyAddressBooks(pool: pg.Pool): Promise<number> {
  let total = 0
  for (;;) {
    const destroyed = await inTransaction(pool, (client) => keyEndsIn(client).destroyAddressBooks(AT_ONCE))
    total += destroyed
    if (destroyed < AT_ONCE) return total
  }
}
