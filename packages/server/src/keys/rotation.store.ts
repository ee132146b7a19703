import type { KeyQueries } from './keks.store.ts'
import type { WrappedKey } from './key-store.ts'

/** Where keys lie that the workspace key wraps. A key may move between the first two while it is being rotated. */
export const WRAPPED_KEY_TABLES = ['subject_key', 'escrowed_key', 'request_key'] as const

type WrappedKeyTable = (typeof WRAPPED_KEY_TABLES)[number]

type OldKeys = { readonly workspaceId: string; readonly below: number; readonly limit: number }

type Rewrapped = {
  readonly workspaceId: string
  readonly kekVersion: number
  readonly anew: readonly { readonly keyId: string; readonly wrapped: Buffer }[]
}

/** What rotating a workspace key reads and writes, in one of the tables. */
export function rotationIn(db: KeyQueries, table: WrappedKeyTable) {
  const { keyId, subjectId } = COLUMNS[table]
  const selectOld = `
    select ${keyId} as "keyId", ${subjectId} as "subjectId", kek_version as "kekVersion", wrapped
      from ${table} where workspace_id = $1 and kek_version < $2`
  return {
    async countOldKeys(workspaceId: string, below: number): Promise<number> {
      const { rows } = await db.query<{ count: number }>(
        `select count(*)::int as count from ${table} where workspace_id = $1 and kek_version < $2`,
        [workspaceId, below],
      )
      return rows[0]?.count ?? 0
    },

    /** Rows that are locked belong to an erase or another rotation: waiting for them here could end in a deadlock. */
    async unlockedOldKeys({ workspaceId, below, limit }: OldKeys): Promise<readonly WrappedKey[]> {
      const { rows } = await db.query<WrappedKey>(
        `${selectOld} order by kek_version limit $3 for update skip locked`,
        [workspaceId, below, limit],
      )
      return rows
    },

    async allOldKeys(workspaceId: string, below: number): Promise<readonly WrappedKey[]> {
      const { rows } = await db.query<WrappedKey>(`${selectOld} order by ${keyId} for update`, [
        workspaceId,
        below,
      ])
      return rows
    },

    async replaceWrapped({ workspaceId, kekVersion, anew }: Rewrapped): Promise<void> {
      await db.query(
        `update ${table} set wrapped = anew.wrapped, kek_version = $2
           from unnest($3::uuid[], $4::bytea[]) as anew(key_id, wrapped)
          where workspace_id = $1 and ${table}.${keyId} = anew.key_id`,
        [workspaceId, kekVersion, anew.map((row) => row.keyId), anew.map(({ wrapped }) => wrapped)],
      )
    },
  }
}

/** A request's key is wrapped as a subject's is, under the request's id in both places. */
const COLUMNS: Readonly<Record<WrappedKeyTable, { readonly keyId: string; readonly subjectId: string }>> = {
  subject_key: { keyId: 'key_id', subjectId: 'subject_id' },
  escrowed_key: { keyId: 'key_id', subjectId: 'subject_id' },
  request_key: { keyId: 'request_id', subjectId: 'request_id' },
}
