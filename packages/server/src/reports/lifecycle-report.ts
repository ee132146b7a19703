import { publicId } from '@heed/core'
import type { LifecycleRow } from '@heed/protocol'
import type { Report } from './answer-report.ts'
import { KNOWN_BY } from './note-lifecycle.ts'
import { BY_CELL, FRAGMENTS_BELOW_A_ROOT, IS_KNOWN } from './report-sql.ts'

type Row = {
  readonly month: string
  readonly sourceId: string
  readonly campaign: string | null
  readonly stage: LifecycleRow['stage']
  readonly persons: string
}

const MONTH_CHARS = 'YYYY-MM'.length
const TIME_CHARS = 'YYYY-MM-DD HH:MM:SS.uuuuuu'.length
const UUID_CHARS = 36

/** When and where an event happened, as text of which the least is the first event's: a join for it took three times as long. */
const PLACE_OF = (event: string) =>
  `(to_char(${event}.event_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || ${event}.id || ${event}.source_id || coalesce(${event}.campaign, ''))`

/**
 * How far everybody has come, where they first came from. The first event is the earliest by its own time, so that a history
 * imported later counts where it belongs; that has to be looked for in all events, whatever months are asked for.
 */
export const lifecycleReport: Report<Row, LifecycleRow> = {
  statement: `
    with recursive ${FRAGMENTS_BELOW_A_ROOT},
    began as materialized (
      select e.subject_id, min(${PLACE_OF('e')} collate "C") as first
      from event e where e.workspace_id = $1 and e.subject_id is not null group by e.subject_id
    ),
    ordered as materialized (
      select subject_id, count(*) as orders
      from purchase where workspace_id = $1 and kind = 'order' and subject_id is not null group by subject_id
    ),
    person as materialized (
      select min(b.first collate "C") as first, bool_or(${IS_KNOWN('p', '$6')}) as is_known, coalesce(sum(o.orders), 0) as orders
      from subject p
      left join below r on r.fragment = p.subject_id
      left join began b on b.subject_id = p.subject_id
      left join ordered o on o.subject_id = p.subject_id
      where p.workspace_id = $1 and p.counted_at is null
      group by coalesce(r.root, p.subject_id)
    ),
    cell as (
      select left(first, ${MONTH_CHARS}) as month, substr(first, ${TIME_CHARS + UUID_CHARS + 1}, ${UUID_CHARS})::uuid as source_id,
             substr(first, ${TIME_CHARS + 2 * UUID_CHARS + 1}) as campaign,
             case when orders >= 2 then 'returning' when orders = 1 then 'customer'
                  when is_known then 'known' else 'visitor' end as stage,
             1::bigint as persons
      from person
      where left(first, ${MONTH_CHARS}) between $4 and $5
      union all
      select c.month, c.source_id, c.campaign, c.step, c.persons
      from report_cell c
      where c.workspace_id = $1 and c.report = 'lifecycle' and c.month between $4 and $5
    )
    select month, source_id as "sourceId", nullif(campaign, '') as campaign, stage, sum(persons) as persons
    from cell
    where ($2::uuid is null or source_id = $2) and ($3::text is null or cell.campaign = $3)
    group by month, source_id, cell.campaign, stage
    order by ${BY_CELL}, array_position(array['visitor', 'known', 'customer', 'returning'], stage)
    limit $7`,
  values: ({ workspaceId, sourceId, campaign, firstMonth, lastMonth }) => [
    workspaceId,
    sourceId,
    campaign,
    firstMonth,
    lastMonth,
    KNOWN_BY,
  ],
  show: ({ month, sourceId, campaign, stage, persons }) => ({
    month,
    sourceId: publicId('src', sourceId),
    campaign,
    stage,
    persons: Number(persons),
  }),
}
