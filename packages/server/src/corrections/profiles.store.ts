import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'

export type ProfileOfPart = { readonly key: WrappedKey; readonly sealed: Buffer | null }

export type ResealedProfile = { readonly subjectId: string; readonly sealed: Buffer }

/** The profiles of a person's parts. With the gate taken alone, so nobody merges into them meanwhile. */
export function profilesIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /** Of those parts that have one, with the key each is sealed under. */
    async of(fragments: readonly string[]): Promise<readonly ProfileOfPart[]> {
      const { rows } = await client.query<
        Omit<WrappedKey, 'wrapped'> & { wrapped: Buffer; sealed: Buffer | null }
      >(
        `select k.key_id as "keyId", k.subject_id as "subjectId", k.kek_version as "kekVersion", k.wrapped, p.sealed
         from profile p join subject_key k on k.workspace_id = $1 and k.key_id = p.key_id
         where p.workspace_id = $1 and p.subject_id = any($2::uuid[]) order by p.subject_id for update of p`,
        [workspaceId, fragments],
      )
      return rows.map(({ sealed, ...key }) => ({ key, sealed }))
    },

    /** An empty one for a part that has none yet, under a key of that part. */
    async make(subjectId: string): Promise<void> {
      await client.query(
        `insert into profile (workspace_id, subject_id, key_id, updated_at)
         select $1, $2, key_id, clock_timestamp() from subject_key
         where workspace_id = $1 and subject_id = $2 order by key_id limit 1
         on conflict do nothing`,
        [workspaceId, subjectId],
      )
    },

    async reseal(profiles: readonly ResealedProfile[]): Promise<void> {
      await client.query(
        `update profile p set sealed = u.sealed, updated_at = clock_timestamp()
         from unnest($2::uuid[], $3::bytea[]) as u(subject_id, sealed)
         where p.workspace_id = $1 and p.subject_id = u.subject_id`,
        [workspaceId, profiles.map(({ subjectId }) => subjectId), profiles.map(({ sealed }) => sealed)],
      )
    },
  }
}
