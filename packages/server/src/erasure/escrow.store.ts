import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'

/** Keys of erased persons that a reverse may still bring back. Lock order: kek, then keys. */
export function escrowIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /**
     * Keeps every version of the workspace key until this transaction ends, and answers them. A rotation locks them before
     * the keys under them; a key moved without this lock would wait for the rotation while the rotation waits for the key.
     */
    async keepKeks(): Promise<readonly number[]> {
      const { rows } = await client.query<{ version: number }>(
        'select kek_version as version from kek where workspace_id = $1 order by kek_version for key share',
        [workspaceId],
      )
      return rows.map(({ version }) => version)
    },

    /** Nobody reads under these keys from here on. Answers what was moved, as it was. */
    async putAway(escrow: {
      readonly requestId: string
      readonly fragments: readonly string[]
      readonly destroyAfter: Date
    }): Promise<readonly WrappedKey[]> {
      const { rows } = await client.query<WrappedKey>(
        `with moved as (
           delete from subject_key where workspace_id = $1 and subject_id = any($2::uuid[])
           returning workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
         insert into escrowed_key (workspace_id, key_id, subject_id, request_id, kek_version, wrapped, destroy_after, created_at)
         select workspace_id, key_id, subject_id, $3, kek_version, wrapped, $4, created_at from moved
         returning key_id as "keyId", subject_id as "subjectId", kek_version as "kekVersion", wrapped`,
        [workspaceId, escrow.fragments, escrow.requestId, escrow.destroyAfter],
      )
      return rows
    },

    /**
     * Locks what is left of a request's keys; the end of the window locks them, too, and whoever comes second finds none.
     * In the same order as it does.
     */
    async lock(requestId: string): Promise<readonly string[]> {
      const { rows } = await client.query<{ key_id: string }>(
        'select key_id from escrowed_key where workspace_id = $1 and request_id = $2 order by key_id for update',
        [workspaceId, requestId],
      )
      return rows.map((row) => row.key_id)
    },

    /** The keys are where readers look for them again, as if they had never been away. */
    async bringBack(keyIds: readonly string[]): Promise<readonly WrappedKey[]> {
      const { rows } = await client.query<WrappedKey>(
        `with moved as (
           delete from escrowed_key where workspace_id = $1 and key_id = any($2::uuid[])
           returning workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
         insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
         select workspace_id, key_id, subject_id, kek_version, wrapped, created_at from moved
         returning key_id as "keyId", subject_id as "subjectId", kek_version as "kekVersion", wrapped`,
        [workspaceId, keyIds],
      )
      return rows
    },
  }
}
