import type { KeyQueries } from './keks.store.ts'
import type { WrappedKey } from './key-store.ts'

type OldKeys = { readonly workspaceId: string; readonly below: number; readonly limit: number }

type Rewrapped = {
  readonly workspaceId: string
  readonly kekVersion: number
  readonly anew: readonly { readonly keyId: string; readonly wrapped: Buffer }[]
}

/** What rotating a workspace key reads and writes. */
export function rotationIn(db: KeyQueries) {
  return {
    async countOldKeys(workspaceId: string, below: number): Promise<number> {
      const { rows } = await db.query<{ count: number }>(
        'select count(*)::int as count from subject_key where workspace_id = $1 and kek_version < $2',
        [workspaceId, below],
      )
      return rows[0]?.count ?? 0
    },

    /** Rows that are locked belong to an erase or another rotation: waiting for them here could end in a deadlock. */
    async unlockedOldKeys({ workspaceId, below, limit }: OldKeys): Promise<readonly WrappedKey[]> {
      const { rows } = await db.query<WrappedKey>(
        `${SELECT_OLD} order by kek_version limit $3 for update skip locked`,
        [workspaceId, below, limit],
      )
      return rows
    },

    async allOldKeys(workspaceId: string, below: number): Promise<readonly WrappedKey[]> {
      const { rows } = await db.query<WrappedKey>(`${SELECT_OLD} order by key_id for update`, [
        workspaceId,
        below,
      ])
      return rows
    },

    /** `for update` conflicts with the key share lock that the foreign key takes, so it waits for every insert under
     *  these versions and makes later ones wait, and then fail. */
    async lockOldKeks(workspaceId: string, below: number): Promise<void> {
      await db.query(
        'select from kek where workspace_id = $1 and kek_version < $2 order by kek_version for update',
        [workspaceId, below],
      )
    },

    async replaceWrapped({ workspaceId, kekVersion, anew }: Rewrapped): Promise<void> {
      await db.query(
        `update subject_key set wrapped = anew.wrapped, kek_version = $2
           from unnest($3::uuid[], $4::bytea[]) as anew(key_id, wrapped)
          where workspace_id = $1 and subject_key.key_id = anew.key_id`,
        [workspaceId, kekVersion, anew.map(({ keyId }) => keyId), anew.map(({ wrapped }) => wrapped)],
      )
    },

    async deleteOldKeks(workspaceId: string, below: number): Promise<void> {
      await db.query('delete from kek where workspace_id = $1 and kek_version < $2', [workspaceId, below])
    },
  }
}

const SELECT_OLD = `
  select key_id as "keyId", subject_id as "subjectId", kek_version as "kekVersion", wrapped
    from subject_key where workspace_id = $1 and kek_version < $2`
