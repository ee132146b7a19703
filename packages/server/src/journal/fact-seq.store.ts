import type { Transaction } from '../store/transaction.ts'

/**
 * Makes the next `seq` greater than `beyond`; does nothing when it is already. `setval` after a look could take back what
 * another node has drawn in between, so the look and the change happen under a lock that a draw waits for: changing the
 * sequence takes it, and no weaker statement can (`lock table` refuses sequences).
 */
export async function raiseFactSeq(client: Transaction, beyond: number): Promise<void> {
  if (!(await isBelow(client, beyond))) return
  await client.query('alter sequence fact_seq no cycle')
  await client.query("select setval('fact_seq', $1) from fact_seq where last_value < $1", [beyond])
}

async function isBelow(client: Transaction, beyond: number): Promise<boolean> {
  const { rowCount } = await client.query('select from fact_seq where last_value < $1', [beyond])
  return rowCount === 1
}
