import type pg from 'pg'
import type { Position } from './list-cursor.ts'

/** A cause, with the interval in which it covers what was asked about. */
export type CauseRow = {
  readonly cause: string
  readonly kind: 'opt-out-event' | 'suppress-request' | 'erase-request' | 'restrict-request'
  readonly scope: string
  readonly actor: string
  readonly source_id: string | null
  readonly request_id: string | null
  readonly lifted_by: string | null
  readonly from_seq: string
  readonly from_at: Date
  readonly until_seq: string | null
  readonly until_at: Date | null
}

export type ListedCauseRow = CauseRow & { readonly digest_count: number; readonly digests: readonly string[] }

const CAUSE = 'c.cause, c.kind, c.scope, c.actor, c.source_id, c.request_id, c.lifted_by'

export function causesIn(db: Pick<pg.Pool, 'query'>) {
  return {
    /**
     * Every cause that names one of the digests or was one of these people's own "no", oldest first, at most 1,000.
     * A cause that reached a digest later, through a link, begins for it when it reached it.
     */
    async covering(
      workspaceId: string,
      { digests, subjects }: { readonly digests: readonly Buffer[]; readonly subjects: readonly string[] },
    ): Promise<readonly CauseRow[]> {
      const { rows } = await db.query<CauseRow>(
        `with named as materialized (
           select cause, min(from_seq) as from_seq, min(from_at) as from_at,
                  case when count(*) = count(until_seq) then max(until_seq) end as until_seq,
                  case when count(*) = count(until_at) then max(until_at) end as until_at
           from suppression where workspace_id = $1 and digest = any($2::bytea[]) group by cause
         ), own as (
           select cause, from_seq, from_at, until_seq, until_at from suppression_cause
           where workspace_id = $1 and subject_id = any($3::uuid[]) and cause not in (select cause from named)
         )
         select ${CAUSE}, covering.from_seq, covering.from_at, covering.until_seq, covering.until_at
         from (select * from named union all select * from own) as covering
         join suppression_cause c on c.workspace_id = $1 and c.cause = covering.cause
         order by covering.from_seq, c.cause limit 1000`,
        [workspaceId, digests, subjects],
      )
      return rows
    },

    /** Newest first; one more than `size` when there is more. */
    async page(workspaceId: string, after: Position, size: number): Promise<readonly ListedCauseRow[]> {
      const { rows } = await db.query<ListedCauseRow>(
        `select c.*, named.digest_count, named.digests
         from (
           select ${CAUSE}, c.from_seq, c.from_at, c.until_seq, c.until_at from suppression_cause c
           where c.workspace_id = $1 and (c.from_seq, c.cause) < ($2::bigint, $3::uuid)
           order by c.from_seq desc, c.cause desc limit $4 + 1
         ) as c
         cross join lateral (
           select count(distinct digest)::int as digest_count,
                  coalesce((array_agg(distinct substr(encode(digest, 'hex'), 1, 8)))[1:20], '{}') as digests
           from suppression s where s.workspace_id = $1 and s.cause = c.cause
         ) as named
         order by c.from_seq desc, c.cause desc`,
        [workspaceId, after.seq, after.id, size],
      )
      return rows
    },
  }
}
