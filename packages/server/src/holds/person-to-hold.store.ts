import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'

export type PersonToHold = {
  readonly root: string
  readonly fragments: readonly string[]
  /** A key of theirs to seal under, the root's own before that of a part; null: none is left. */
  readonly key: WrappedKey | null
  readonly dataDeletedAt: Date | null
  /** The erase that can still be taken back, and until when. */
  readonly reversible: { readonly requestId: string; readonly until: Date } | null
}

type Row = {
  root: string
  fragments: string[]
  data_deleted_at: Date | null
  key: { keyId: string; subjectId: string; kekVersion: number } | null
  wrapped: Buffer | null
  request_id: string | null
  destroy_after: Date | null
}

/** The person behind the id of any part of them; null when there is nobody. */
export async function personToHold(
  client: Pick<pg.ClientBase, 'query'>,
  workspaceId: string,
  subjectId: string,
): Promise<PersonToHold | null> {
  const result = await client.query<Row>(
    `with person as materialized (
       select subject_root($1, subject_id) as root from subject where workspace_id = $1 and subject_id = $2),
     parts as materialized (select f.fragment from person, subject_fragments($1, person.root) as f(fragment))
     select person.root, s.data_deleted_at, (select array_agg(fragment) from parts) as fragments,
            case when k.key_id is not null then
              jsonb_build_object('keyId', k.key_id, 'subjectId', k.subject_id, 'kekVersion', k.kek_version) end as key,
            k.wrapped, e.request_id, e.destroy_after
     from person
     join subject s on s.workspace_id = $1 and s.subject_id = person.root
     left join lateral (
       select key_id, subject_id, kek_version, wrapped from subject_key
       where workspace_id = $1 and subject_id in (select fragment from parts)
       order by subject_id <> person.root, key_id limit 1) k on true
     left join lateral (
       select request_id, destroy_after from escrowed_key
       where workspace_id = $1 and subject_id in (select fragment from parts) limit 1) e on true`,
    [workspaceId, subjectId],
  )
  const row = result.rows[0]
  return row === undefined ? null : fromRow(row)
}

function fromRow({ root, fragments, key, wrapped, ...row }: Row): PersonToHold {
  return {
    root,
    fragments,
    key: key === null || wrapped === null ? null : { ...key, wrapped },
    dataDeletedAt: row.data_deleted_at,
    reversible:
      row.request_id === null || row.destroy_after === null
        ? null
        : { requestId: row.request_id, until: row.destroy_after },
  }
}
