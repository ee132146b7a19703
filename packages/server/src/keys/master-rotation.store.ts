import type { KeyQueries } from './keks.store.ts'
import type { MasterWrapped, MasterWrappedTable } from './wrapped-keys.ts'

/** What rotating the master key reads and writes, the same for both tables but for the name of the version. */
export function masterRotationIn(db: KeyQueries, table: MasterWrappedTable) {
  const version = VERSION_COLUMN[table]
  return {
    async countWrappedUnder(masterKeyId: string): Promise<number> {
      const { rows } = await db.query<{ count: number }>(
        `select count(*)::int as count from ${table} where master_key_id = $1`,
        [masterKeyId],
      )
      return rows[0]?.count ?? 0
    },

    /** @param limit null for all */
    async wrappedUnder(masterKeyId: string, limit: number | null): Promise<readonly MasterWrapped[]> {
      const { rows } = await db.query<MasterWrapped>(
        `select workspace_id as "workspaceId", ${version} as version, wrapped, master_key_id as "masterKeyId"
           from ${table} where master_key_id = $1 order by workspace_id, ${version} limit $2 for update`,
        [masterKeyId, limit],
      )
      return rows
    },

    async replaceWrapped(masterKeyId: string, anew: readonly MasterWrapped[]): Promise<void> {
      await db.query(
        `update ${table} set wrapped = anew.wrapped, master_key_id = $1
           from unnest($2::uuid[], $3::int[], $4::bytea[]) as anew(workspace_id, version, wrapped)
          where ${table}.workspace_id = anew.workspace_id and ${table}.${version} = anew.version`,
        [
          masterKeyId,
          anew.map((row) => row.workspaceId),
          anew.map((row) => row.version),
          anew.map((row) => row.wrapped),
        ],
      )
    },
  }
}

const VERSION_COLUMN: Readonly<Record<MasterWrappedTable, string>> = {
  kek: 'kek_version',
  digest_key: 'version',
}
