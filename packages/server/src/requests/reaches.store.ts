import type { OwnedUserId, Provenance } from '@heed/core'
import type pg from 'pg'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'

type Merge = { readonly absorbed: string; readonly root: string; readonly provenance: Provenance }

/** How identifiers lead to people, besides owning them. */
export function reachesIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /** People who have named one of these although somebody else owns it, or nobody any more; erased ones apart. */
    async mentioning(
      digests: readonly Buffer[],
      except: readonly string[],
    ): Promise<readonly { readonly root: string; readonly closure: readonly VersionedDigest[] }[]> {
      const { rows } = await client.query<{ root: string; digests: Buffer[]; versions: number[] }>(
        `with named as (
           select distinct subject_root($1, subject_id) as root from identifier_mention
           where workspace_id = $1 and digest = any($2::bytea[]))
         select n.root, coalesce(array_agg(i.digest) filter (where i.digest is not null), '{}') as digests,
                coalesce(array_agg(i.digest_version::int) filter (where i.digest is not null), '{}') as versions
         from named n
         join subject s on s.workspace_id = $1 and s.subject_id = n.root and s.data_deleted_at is null
         cross join lateral subject_fragments($1, n.root) as f(fragment)
         left join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment
         where n.root <> all($3::uuid[])
         group by n.root order by n.root limit 100`,
        [workspaceId, digests, except],
      )
      return rows.map(({ root, ...row }) => ({
        root,
        closure: row.digests.map((digest, at) => ({ digest, version: row.versions[at] ?? 1 })),
      }))
    },

    async withUserId(roots: readonly string[]): Promise<ReadonlySet<string>> {
      const { rows } = await client.query<{ subject_id: string }>(
        'select subject_id from subject where workspace_id = $1 and subject_id = any($2::uuid[]) and has_user_id',
        [workspaceId, roots],
      )
      return new Set(rows.map((row) => row.subject_id))
    },

    async userIdsIn(fragments: readonly string[]): Promise<number> {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int as count from identifier
         where workspace_id = $1 and subject_id = any($2::uuid[]) and kind = 'userId'`,
        [workspaceId, fragments],
      )
      return rows[0]?.count ?? 0
    },

    /** What ties a person together: their user ids, and the merges between their parts. */
    async ties(
      root: string,
    ): Promise<{ readonly userIds: readonly OwnedUserId[]; readonly merges: readonly Merge[] }> {
      const { rows } = await client.query<{ user_ids: OwnedUserId[] | null; merges: Merge[] | null }>(
        `with parts as materialized (select f.fragment from subject_fragments($1, $2) as f(fragment))
         select (select jsonb_agg(jsonb_build_object('digest', encode(i.digest, 'hex'), 'fragment', i.subject_id,
                                                     'provenance', i.provenance) order by i.seq, i.digest)
                 from identifier i
                 where i.workspace_id = $1 and i.subject_id in (select fragment from parts) and i.kind = 'userId') as user_ids,
                (select jsonb_agg(jsonb_build_object('absorbed', a.absorbed, 'root', a.root, 'provenance', a.provenance))
                 from subject_alias a
                 where a.workspace_id = $1 and a.absorbed in (select fragment from parts)) as merges`,
        [workspaceId, root],
      )
      return { userIds: rows[0]?.user_ids ?? [], merges: rows[0]?.merges ?? [] }
    },
  }
}
