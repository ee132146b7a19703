import type { Merge } from '@heed/core'
import type pg from 'pg'
import type { IdentifierRow } from '../asking/subject-views.store.ts'

export type OwnedRow = IdentifierRow & { readonly subject_id: string; readonly is_named: boolean }

/** Whom a request for access is about, and how their parts hang together. */
export function reachIn(db: Pick<pg.Pool, 'query'>, workspaceId: string) {
  return {
    async rootOf(subjectId: string): Promise<string> {
      const { rows } = await db.query<{ root: string }>('select subject_root($1, $2) as root', [
        workspaceId,
        subjectId,
      ])
      return rows[0]?.root ?? subjectId
    },

    /** Every part of the person that this one belongs to now. */
    async fragmentsOf(subjectId: string): Promise<readonly string[]> {
      const { rows } = await db.query<{ id: string }>(
        'select id from subject_fragments($1, subject_root($1, $2)) as id',
        [workspaceId, subjectId],
      )
      return rows.map(({ id }) => id)
    },

    async identifiers(fragments: readonly string[], requestId: string): Promise<readonly OwnedRow[]> {
      const { rows } = await db.query<OwnedRow>(
        `select i.subject_id, i.digest, i.kind, i.provenance, i.sealed, i.key_id, i.created_at,
                exists (select from request_digest d
                        where d.workspace_id = $1 and d.request_id = $3 and d.digest = i.digest) as is_named
         from identifier i where i.workspace_id = $1 and i.subject_id = any($2::uuid[]) order by i.seq, i.digest`,
        [workspaceId, fragments, requestId],
      )
      return rows
    },

    async merges(fragments: readonly string[]): Promise<readonly Merge[]> {
      const { rows } = await db.query<Merge>(
        `select absorbed, root, provenance from subject_alias
         where workspace_id = $1 and absorbed = any($2::uuid[]) order by seq, absorbed`,
        [workspaceId, fragments],
      )
      return rows
    },

    /** Of these parts, the keys that are there now. A person that is erased has none. */
    async keys(fragments: readonly string[]): Promise<readonly { keyId: string; subjectId: string }[]> {
      const { rows } = await db.query<{ keyId: string; subjectId: string }>(
        `select k.key_id as "keyId", k.subject_id as "subjectId" from subject_key k
         join subject s on s.workspace_id = k.workspace_id and s.subject_id = k.subject_id
         where k.workspace_id = $1 and k.subject_id = any($2::uuid[]) and s.data_deleted_at is null
         order by k.subject_id, k.key_id`,
        [workspaceId, fragments],
      )
      return rows
    },
  }
}
