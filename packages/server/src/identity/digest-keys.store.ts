import type { KeyQueries } from '../keys/keks.store.ts'
import type { MasterWrapped } from '../keys/wrapped-keys.ts'

export type DigestKeyRow = MasterWrapped & { readonly normaliser: number }

/** The wrapped keys of a workspace's digests. */
export function digestKeysIn(db: KeyQueries) {
  return {
    async versions(workspaceId: string): Promise<readonly DigestKeyRow[]> {
      const { rows } = await db.query<DigestKeyRow>(
        `select workspace_id as "workspaceId", version, normaliser, wrapped, master_key_id as "masterKeyId"
           from digest_key where workspace_id = $1 order by version`,
        [workspaceId],
      )
      return rows
    },

    /** Does nothing when the version is there already, when the master key has been retired, or when the workspace has
     *  digests: their key is lost then, and a new one would silently match none of them. */
    async insertFirst(row: DigestKeyRow & { readonly createdAt: Date }): Promise<void> {
      await db.query(
        `insert into digest_key (workspace_id, version, normaliser, wrapped, master_key_id, created_at)
         select $1, $2, $3, $4, master_key_id, $6 from master_key
          where master_key_id = $5
            and not exists (select from identifier where workspace_id = $1)
            and not exists (select from suppression where workspace_id = $1)
         for key share of master_key
         on conflict do nothing`,
        [row.workspaceId, row.version, row.normaliser, row.wrapped, row.masterKeyId, row.createdAt],
      )
    },
  }
}
