import type pg from 'pg'
import type { Position } from './list-cursor.ts'

/** One stored event; what is personal is still sealed. */
export type EventRow = {
  readonly id: string
  readonly seq: string
  /** The fragment it was written with. */
  readonly subject_id: string | null
  readonly root_id: string | null
  readonly is_deleted: boolean
  readonly key_id: string | null
  readonly source_id: string
  readonly type: 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias'
  readonly name: string | null
  readonly event_at: Date
  readonly received_at: Date
  readonly campaign: string | null
  readonly revenue: string | null
  readonly currency: string | null
  readonly sealed: Buffer | null
}

/** null: any. `from` is included, `until` is not. */
export type EventFilter = {
  readonly subjects: readonly string[] | null
  readonly names: readonly string[] | null
  readonly type: string | null
  readonly sourceId: string | null
  readonly from: Date | null
  readonly until: Date | null
}

export type EventPageQuestion = {
  readonly workspaceId: string
  readonly filter: EventFilter
  readonly after: Position
  readonly size: number
}

/** `next` is null when nothing is left. */
export type EventRows = { readonly rows: readonly EventRow[]; readonly next: Position | null }

/** A page ends early rather than hold more than this in memory: a source may allow events of a megabyte. */
const MOST_PAGE_BYTES = 16 * 1024 * 1024

export function eventsIn(db: Pick<pg.ClientBase, 'query'>, mostPageBytes = MOST_PAGE_BYTES) {
  return {
    /** A page, newest arrival first. Each lane (one fragment, one name, or all) is read along an index of its own. */
    async page({ workspaceId, filter, after, size }: EventPageQuestion): Promise<EventRows> {
      const { statement, lanes } = readingFor(filter)
      const { subjects, names, type, sourceId, from, until } = filter
      const byName = subjects === null ? null : names
      const { rows } = await db.query<EventRow & { readonly found: number }>(statement, [
        workspaceId,
        after.seq,
        after.id,
        size + 1,
        type,
        sourceId,
        from,
        until,
        byName,
        mostPageBytes,
        lanes,
      ])
      return cut(rows, size)
    },

    /** When a person was first and last heard of, by arrival. */
    async seen(workspaceId: string, fragments: readonly string[]) {
      const { rows } = await db.query<{ first: Date | null; last: Date | null }>(
        `select min(received_at) as first, max(received_at) as last
         from unnest($2::uuid[]) as fragment(id)
         cross join lateral (
           (select received_at from event where workspace_id = $1 and subject_id = fragment.id order by seq limit 1)
           union all
           (select received_at from event where workspace_id = $1 and subject_id = fragment.id order by seq desc limit 1)
         ) as ends`,
        [workspaceId, fragments],
      )
      return rows[0] ?? { first: null, last: null }
    },
  }
}

function cut(rows: readonly (EventRow & { readonly found: number })[], size: number): EventRows {
  const found = rows[0]?.found ?? 0
  const taken = rows.slice(0, size)
  const last = taken.at(-1)
  return { rows: taken, next: last !== undefined && found > taken.length ? last : null }
}

function readingFor({ subjects, names }: EventFilter) {
  if (subjects !== null) return { statement: BY_SUBJECT, lanes: subjects }
  if (names !== null) return { statement: BY_NAME, lanes: names }
  return { statement: BY_ARRIVAL, lanes: ['all'] }
}

/**
 * The clear columns of an erased person go with the person: `is_deleted` asks the fragment's own row and its root's, in a
 * sub-select because a join let the planner hash the whole table of subjects.
 * The parameters are planned with their values, so that a filter that is null costs nothing.
 */
const page = (lanes: string, lane: string): string => `
  with page as materialized (
    select event.* from ${lanes}
    cross join lateral (
      select id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, campaign, revenue, currency, sealed
      from event
      where workspace_id = $1 and ${lane} and (seq, id) < ($2::bigint, $3::uuid)
        and ($5::text is null or type = $5)
        and ($6::uuid is null or source_id = $6)
        and ($7::timestamptz is null or event_at >= $7)
        and ($8::timestamptz is null or event_at < $8)
        and ($9::text[] is null or name = any($9))
      order by seq desc, id desc limit $4
    ) as event
    order by event.seq desc, event.id desc limit $4
  ), weighed as (
    select page.*, count(*) over ()::int as found,
           coalesce(sum(octet_length(sealed)) over (order by seq desc, id desc rows between unbounded preceding and 1 preceding), 0) as bytes_before
    from page
  )
  select weighed.*, coalesce(alias.root, weighed.subject_id) as root_id,
         exists (
           select from subject s where s.workspace_id = $1 and s.data_deleted_at is not null
             and s.subject_id = any(array[weighed.subject_id, alias.root])
         ) as is_deleted
  from weighed
  left join lateral (
    select subject_root($1, weighed.subject_id) as root from subject_alias
    where workspace_id = $1 and absorbed = weighed.subject_id
  ) as alias on true
  where weighed.bytes_before < $10
  order by weighed.seq desc, weighed.id desc`

const BY_SUBJECT = page('unnest($11::uuid[]) as lane(key)', 'subject_id = lane.key')
const BY_NAME = page('unnest($11::text[]) as lane(key)', 'name = lane.key')
const BY_ARRIVAL = page('unnest($11::text[]) as lane(key)', 'subject_id is not null')
