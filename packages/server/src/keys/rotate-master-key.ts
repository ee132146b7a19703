import type pg from 'pg'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { type MasterKey, wrongMasterKey } from './master-key.ts'
import { insertMasterKey, lockMasterKeys, masterKeyIds } from './master-keys.store.ts'
import { masterRotationIn } from './master-rotation.store.ts'
import type { RotationProgress } from './rotate-workspace-key.ts'
import { underRotationLock } from './rotation-lock.ts'
import { type MasterWrappedTable, rewrapUnderMaster } from './wrapped-keys.ts'

export type MasterRotation = {
  readonly pool: pg.Pool
  readonly from: MasterKey
  readonly to: MasterKey
  readonly now: () => Date
  /** Told after every batch, for one table after the other. */
  readonly onProgress?: (progress: RotationProgress & { readonly table: MasterWrappedTable }) => void
  readonly batchSize?: number
}

/**
 * Wraps every workspace key and digest key under another master key. The digest keys themselves stay as they are.
 * Every row says which master key it needs, so after a kill it is called again with the same two keys.
 *
 * Nodes that run meanwhile keep the keys they have loaded and fail, in clear words, on those they have not: start them
 * anew with the new key. The old one opens nothing of the live database afterwards, but still opens its backups.
 * @returns how many keys this call has wrapped anew
 */
export async function rotateMasterKey(rotation: MasterRotation): Promise<number> {
  return underRotationLock(rotation.pool, 'master key', async () => {
    if (!(await announce(rotation))) return 0
    const keks = await rewrapAll(rotation, 'kek')
    const digestKeys = await rewrapAll(rotation, 'digest_key')
    return keks + digestKeys + (await retire(rotation))
  })
}

/** Lets the database answer to the new key beside the old one; false when it answers to the new one alone already. */
async function announce({ pool, from, to, now }: MasterRotation): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await lockMasterKeys(client)
    const ids = await masterKeyIds(client)
    if (ids.length === 1 && ids[0] === to.id) return false
    if (!ids.includes(from.id)) throw wrongMasterKey(from, ids)
    await insertMasterKey(client, { id: to.id, createdAt: now() })
    return true
  })
}

/** What there was when it began: workspaces that appear meanwhile under the old key are left to the last step. */
async function rewrapAll(rotation: MasterRotation, table: MasterWrappedTable): Promise<number> {
  const { pool, from, batchSize = 500, onProgress } = rotation
  const total = await masterRotationIn(pool, table).countWrappedUnder(from.id)
  let rewrapped = 0
  while (rewrapped < total) {
    const batch = await inTransaction(pool, (client) =>
      rewrapSome(client, { ...rotation, table, limit: batchSize }),
    )
    if (batch === 0) break
    rewrapped += batch
    onProgress?.({ table, rewrapped, total: Math.max(total, rewrapped) })
  }
  return rewrapped
}

type Some = Pick<MasterRotation, 'from' | 'to'> & {
  readonly table: MasterWrappedTable
  readonly limit: number | null
}

async function rewrapSome(client: Transaction, { from, to, table, limit }: Some): Promise<number> {
  const store = masterRotationIn(client, table)
  const rows = await store.wrappedUnder(from.id, limit)
  const anew = rows.map((row) => ({ ...row, wrapped: rewrapUnderMaster({ from, to }, table, row) }))
  if (rows.length > 0) await store.replaceWrapped(to.id, anew)
  return rows.length
}

/** With the old key's row locked nobody can wrap under it any more; the foreign keys prove that nothing is left. */
async function retire({ pool, from, to }: MasterRotation): Promise<number> {
  return inTransaction(pool, async (client) => {
    await client.query('select from master_key where master_key_id = $1 for update', [from.id])
    const keks = await rewrapSome(client, { from, to, table: 'kek', limit: null })
    const digestKeys = await rewrapSome(client, { from, to, table: 'digest_key', limit: null })
    await client.query('delete from master_key where master_key_id = $1', [from.id])
    return keks + digestKeys
  })
}
