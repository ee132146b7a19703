import type { Transaction } from '../store/transaction.ts'
import type { KeyQueries } from './keks.store.ts'

/** Which master keys the database answers to: one, or two while one is being rotated out. */
export async function masterKeyIds(db: KeyQueries): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select master_key_id as id from master_key order by created_at',
  )
  return rows.map((row) => row.id)
}

/** One at a time, so that two nodes that both bring a key of their own to an empty database see each other. */
export async function lockMasterKeys(db: Transaction): Promise<void> {
  await db.query('lock table master_key in share row exclusive mode')
}

export async function insertMasterKey(
  db: Transaction,
  { id, createdAt }: { id: string; createdAt: Date },
): Promise<void> {
  await db.query(
    'insert into master_key (master_key_id, created_at) values ($1, $2) on conflict do nothing',
    [id, createdAt],
  )
}
