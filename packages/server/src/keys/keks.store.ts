import type pg from 'pg'
import type { WrappedKey } from './key-store.ts'
import type { MasterWrapped } from './wrapped-keys.ts'

/** A pool, or a client inside a transaction. */
export type KeyQueries = Pick<pg.ClientBase, 'query'>

export type NewKek = MasterWrapped & { readonly createdAt: Date }

/** Workspace keys and the subject keys under them, all wrapped. */
export function keksIn(db: KeyQueries) {
  return {
    async kekRows(workspaceId: string): Promise<readonly MasterWrapped[]> {
      const { rows } = await db.query<MasterWrapped>(
        `select workspace_id as "workspaceId", kek_version as version, wrapped, master_key_id as "masterKeyId"
           from kek where workspace_id = $1 order by kek_version`,
        [workspaceId],
      )
      return rows
    },

    /** False, and nothing done, when another node made this version first, or when the master key has been retired: the lock on its
     *  row makes a rotation of the master key wait for us, or us see that it is over. */
    async insertKek({ workspaceId, version, wrapped, masterKeyId, createdAt }: NewKek): Promise<boolean> {
      const { rowCount } = await db.query(
        `insert into kek (workspace_id, kek_version, wrapped, master_key_id, created_at)
         select $1, $2, $3, master_key_id, $5 from master_key where master_key_id = $4 for key share
         on conflict do nothing`,
        [workspaceId, version, wrapped, masterKeyId, createdAt],
      )
      return rowCount === 1
    },

    async subjectKeys(workspaceId: string, keyIds: readonly string[]): Promise<readonly WrappedKey[]> {
      const { rows } = await db.query<WrappedKey>(
        `select key_id as "keyId", subject_id as "subjectId", kek_version as "kekVersion", wrapped
           from subject_key where workspace_id = $1 and key_id = any($2::uuid[])`,
        [workspaceId, keyIds],
      )
      return rows
    },
  }
}
