import { publicId } from '@heed/core'
import type { LifecycleRow } from '@heed/protocol'
import type { Report } from './answer-report.ts'
import { KNOWN_BY } from './note-lifecycle.ts'
import { BY_CELL, FRAGMENTS_BELOW_A_ROOT, IS_KNOWN, MONTH_OF } from './report-sql.ts'

type Row = {
  readonly month: string
  readonly sourceId: string
  readonly campaign: string | null
  readonly stage: LifecycleRow['stage']
  readonly persons: string
}

/**
 * How far everybody has come, where they first came from. The first event is the earliest by its own time, so that a history
 * imported later counts where it belongs; that has to be looked for in all events, whatever months are asked for.
 */
export const lifecycleReport: Report<Row, LifecycleRow> = {
  statement: `
    with recursive ${FRAGMENTS_BELOW_A_ROOT},
    began as materialized (
      select e.subject_id, min(array[(extract(epoch from e.event_at) * 1000000)::bigint, e.seq]) as first
      from event e where e.workspace_id = $1 and e.subject_id is not null group by e.subject_id
    ),
    ordered as materialized (
      select subject_id, count(*) as orders
      from purchase where workspace_id = $1 and kind = 'order' and subject_id is not null group by subject_id
    ),
    part as materialized (
      select coalesce(r.root, p.subject_id) as root, p.subject_id, b.first, ${IS_KNOWN('p', '$8')} as is_known,
             coalesce(o.orders, 0) as orders
      from subject p
      left join below r on r.fragment = p.subject_id
      left join began b on b.subject_id = p.subject_id
      left join ordered o on o.subject_id = p.subject_id
      where p.workspace_id = $1 and p.counted_at is null
    ),
    person as materialized (
      select root, min(first) as first, bool_or(is_known) as is_known, sum(orders) as orders from part group by root
    ),
    cell as (
      select ${MONTH_OF('e.event_at')} as month, e.source_id, coalesce(e.campaign, '') as campaign,
             case when w.orders >= 2 then 'returning' when w.orders = 1 then 'customer'
                  when w.is_known then 'known' else 'visitor' end as stage,
             1::bigint as persons
      from person w
      join part on part.root = w.root and part.first = w.first
      join event e on e.workspace_id = $1 and e.subject_id = part.subject_id and e.seq = w.first[2]
      where e.event_at >= $2 and e.event_at < $3
      union all
      select c.month, c.source_id, c.campaign, c.step, c.persons
      from report_cell c
      where c.workspace_id = $1 and c.report = 'lifecycle' and c.month between $6 and $7
    )
    select month, source_id as "sourceId", nullif(campaign, '') as campaign, stage, sum(persons) as persons
    from cell
    where ($4::uuid is null or source_id = $4) and ($5::text is null or cell.campaign = $5)
    group by month, source_id, cell.campaign, stage
    order by ${BY_CELL}, array_position(array['visitor', 'known', 'customer', 'returning'], stage)
    limit $9`,
  values: ({ workspaceId, from, until, sourceId, campaign, firstMonth, lastMonth }) => [
    workspaceId,
    from,
    until,
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
