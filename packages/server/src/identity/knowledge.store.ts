import type { Owner, SuppressionInterval } from '@heed/core'
import type pg from 'pg'
import type { WrappedKey } from '../keys/key-store.ts'

/** What the database knows of one digest. */
export type DigestKnowledge = {
  readonly owner: {
    /** The fragment that claimed it; its rows and key are this fragment's. */
    readonly fragment: string
    readonly root: string
    readonly hasUserId: boolean
    readonly key: WrappedKey | null
  } | null
  readonly suppressions: readonly SuppressionInterval[]
  /** Who named this address although another owns it. */
  readonly mentionedBy: readonly Owner[]
}

/** Keyed by the digest in hex. */
export type Knowledge = ReadonlyMap<string, DigestKnowledge>

type Row = {
  digest: Buffer
  fragment: string | null
  root: string | null
  has_user_id: boolean
  key_id: string | null
  kek_version: number | null
  wrapped: Buffer | null
  suppressions: SuppressionInterval[] | null
  mentioned_by: Owner[] | null
}

const KNOW = `
select d.digest, i.subject_id as fragment, r.root, coalesce(p.has_user_id, false) as has_user_id,
       k.key_id, k.kek_version, k.wrapped, x.suppressions, m.mentioned_by
from unnest($2::bytea[]) as d(digest)
left join lateral (
  select subject_id, kind from identifier i where i.workspace_id = $1 and i.digest = d.digest limit 1) i on true
left join lateral (
  select absorbed from subject_alias a where a.workspace_id = $1 and a.absorbed = i.subject_id limit 1) a on true
left join lateral (
  select case when a.absorbed is null then i.subject_id else subject_root($1, i.subject_id) end as root) r on true
left join lateral (
  select has_user_id from subject p where p.workspace_id = $1 and p.subject_id = r.root limit 1) p on true
left join lateral (
  select key_id, kek_version, wrapped from subject_key k
  where k.workspace_id = $1 and k.subject_id = i.subject_id limit 1) k on true
left join lateral (
  select jsonb_agg(jsonb_build_object(
           'cause', s.cause, 'scope', s.scope,
           'fromAt', extract(epoch from s.from_at) * 1000,
           'untilAt', extract(epoch from s.until_at) * 1000,
           'clientBefore', extract(epoch from s.client_before) * 1000)) as suppressions
  from suppression s where s.workspace_id = $1 and s.digest = d.digest) x on true
left join lateral (
  select jsonb_agg(jsonb_build_object('root', q.subject_id, 'hasUserId', q.has_user_id)) as mentioned_by
  from identifier_mention n
  join subject q on q.workspace_id = $1 and q.subject_id = subject_root($1, n.subject_id)
  where i.kind in ('email', 'phone') and n.workspace_id = $1 and n.digest = d.digest) m on true`

/**
 * One round trip for a whole batch, every look-up a probe of one index: `limit 1` keeps the planner from hashing whole
 * tables (an `exists` on subject_alias was hashed).
 * Read it under the gate when anything is decided by it.
 */
export async function loadKnowledge(
  client: pg.ClientBase | pg.Pool,
  workspaceId: string,
  digests: readonly Buffer[],
): Promise<Knowledge> {
  const result = await client.query<Row>({
    name: 'load-knowledge',
    text: KNOW,
    values: [workspaceId, digests],
  })
  return new Map(result.rows.map((row) => [row.digest.toString('hex'), fromRow(row)]))
}

function fromRow(row: Row): DigestKnowledge {
  return {
    owner:
      row.fragment === null || row.root === null
        ? null
        : {
            fragment: row.fragment,
            root: row.root,
            hasUserId: row.has_user_id,
            key: keyFromRow(row, row.fragment),
          },
    suppressions: row.suppressions ?? [],
    mentionedBy: row.mentioned_by ?? [],
  }
}

function keyFromRow(row: Row, subjectId: string): WrappedKey | null {
  if (row.key_id === null || row.kek_version === null || row.wrapped === null) return null
  return { keyId: row.key_id, subjectId, kekVersion: row.kek_version, wrapped: row.wrapped }
}
