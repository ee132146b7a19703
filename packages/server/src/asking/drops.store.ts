import type pg from 'pg'

export type DroppedInHourRow = {
  readonly hour: Date
  readonly source_id: string
  readonly reason: string
  readonly dropped: string
}

export type DropsPlace = { readonly hour: Date; readonly sourceId: string; readonly reason: string }

export type DropsQuestion = {
  readonly workspaceId: string
  readonly from: Date
  readonly until: Date
  readonly after: DropsPlace | null
  readonly size: number
}

/**
 * Counts of what was refused. A count is either rolled up or still in a batch, so each question asks both in one statement:
 * two statements would see an item twice, or not at all, when a roll-up commits between them.
 */
export function dropsIn(db: Pick<pg.Pool, 'query'>) {
  return {
    /** Refused under these digests, or under any other digest of these causes. */
    async countFor(
      workspaceId: string,
      digests: readonly Buffer[],
      causes: readonly string[],
    ): Promise<number> {
      const { rows } = await db.query<{ total: string }>(
        `with asked as materialized (
           select unnest($2::bytea[]) as digest
           union
           select digest from suppression where workspace_id = $1 and cause = any($3::uuid[])
         )
         select (select coalesce(sum(d.dropped), 0) from asked join drop_digest d on d.workspace_id = $1 and d.digest = asked.digest)
              + (select count(*) from drop_batch b cross join lateral unnest(b.digests) as item(digest)
                 where b.workspace_id = $1 and item.digest in (select digest from asked)) as total`,
        [workspaceId, digests, causes],
      )
      return Number(rows[0]?.total ?? 0)
    },

    /** By hour, newest first, then by source and reason; `from` and `until` are cut to whole hours, both included. */
    async byHour({
      workspaceId,
      from,
      until,
      after,
      size,
    }: DropsQuestion): Promise<readonly DroppedInHourRow[]> {
      const { rows } = await db.query<DroppedInHourRow>(
        `select hour, source_id, reason, sum(dropped)::bigint as dropped
         from (
           select hour, source_id, reason, dropped from drop_hour where workspace_id = $1
           union all
           select date_trunc('hour', b.at, 'UTC'), item.source_id, item.reason, 1
           from drop_batch b cross join lateral unnest(b.source_ids, b.reasons) as item(source_id, reason)
           where b.workspace_id = $1
         ) as dropped
         where hour between date_trunc('hour', $2::timestamptz, 'UTC') and date_trunc('hour', $3::timestamptz, 'UTC')
           and ($4::timestamptz is null or hour < $4 or (hour = $4 and (source_id, reason) > ($5::uuid, $6::text)))
         group by hour, source_id, reason
         order by hour desc, source_id, reason
         limit $7`,
        [workspaceId, from, until, after?.hour ?? null, after?.sourceId ?? null, after?.reason ?? null, size],
      )
      return rows
    },

    /**
     * Adds up to `batches` batches to the hours and digests they belong to and deletes them, in one statement and so in
     * one transaction; answers how many it took. A node that finds a batch locked leaves it to the node that has it. Rows
     * are written in the order of their keys, and digests only after the hours, so that two nodes that meet wait for each
     * other and never in a circle.
     */
    async rollUp(batches: number): Promise<number> {
      const { rows } = await db.query<{ taken: number }>(
        `with next as materialized (
           select workspace_id, drop_batch_id from drop_batch
           order by workspace_id, drop_batch_id limit $1 for update skip locked
         ), taken as materialized (
           delete from drop_batch b using next n
           where b.workspace_id = n.workspace_id and b.drop_batch_id = n.drop_batch_id
           returning b.workspace_id, date_trunc('hour', b.at, 'UTC') as hour, b.source_ids, b.reasons, b.digests
         ), hours as (
           insert into drop_hour (workspace_id, hour, source_id, reason, dropped)
           select t.workspace_id, t.hour, item.source_id, item.reason, count(*)
           from taken t cross join lateral unnest(t.source_ids, t.reasons) as item(source_id, reason)
           group by 1, 2, 3, 4 order by 1, 2, 3, 4
           on conflict (workspace_id, hour, source_id, reason) do update set dropped = drop_hour.dropped + excluded.dropped
           returning 1
         ), hours_written as materialized (
           select count(*) from hours
         ), digests as (
           insert into drop_digest (workspace_id, digest, hour, dropped)
           select t.workspace_id, item.digest, t.hour, count(*)
           from taken t cross join lateral unnest(t.digests) as item(digest)
           where (select count from hours_written) >= 0 and item.digest is not null
           group by 1, 2, 3 order by 1, 2, 3
           on conflict (workspace_id, digest, hour) do update set dropped = drop_digest.dropped + excluded.dropped
         )
         select count(*)::int as taken from taken`,
        [batches],
      )
      return rows[0]?.taken ?? 0
    },
  }
}
