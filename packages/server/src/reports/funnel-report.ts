import { publicId } from '@heed/core'
import type { FunnelRow } from '@heed/protocol'
import type { Report } from './answer-report.ts'
import { BY_CELL, FRAGMENTS_BELOW_A_ROOT, MONTH_OF, STEP_OF } from './report-sql.ts'

type Row = {
  readonly month: string
  readonly sourceId: string
  readonly campaign: string | null
  readonly step: string
  readonly persons: string
  readonly events: string
}

/**
 * Who did what. A person counts by their rows, all their fragments as one, until they are counted in `report_cell`; events
 * count by their rows for ever.
 */
export const funnelReport: Report<Row, FunnelRow> = {
  statement: `
    with recursive ${FRAGMENTS_BELOW_A_ROOT},
    did as (
      select date_trunc('month', e.event_at, 'UTC') as month, e.source_id, coalesce(e.campaign, '') as campaign, e.type, e.name,
             case when e.subject_id in (select p.subject_id from subject p where p.workspace_id = $1 and p.counted_at is not null)
               then null else coalesce(r.root, e.subject_id) end as person,
             count(*) as events
      from event e
      left join below r on r.fragment = e.subject_id
      where e.workspace_id = $1 and e.event_at >= $2 and e.event_at < $3 and ($4::uuid is null or e.source_id = $4)
        and ($5::text is null or coalesce(e.campaign, '') = $5)
      group by 1, 2, 3, 4, 5, 6
    ),
    cell as (
      select ${MONTH_OF('d.month')} as month, d.source_id, d.campaign, ${STEP_OF('d')} as step,
             count(d.person) as persons, sum(d.events) as events
      from did d group by d.month, d.source_id, d.campaign, d.type, d.name
      union all
      select c.month, c.source_id, c.campaign, c.step, c.persons, 0
      from report_cell c
      where c.workspace_id = $1 and c.report = 'funnel' and c.month between $6 and $7
        and ($4::uuid is null or c.source_id = $4) and ($5::text is null or c.campaign = $5)
    )
    select month, source_id as "sourceId", nullif(campaign, '') as campaign, step, sum(persons) as persons, sum(events) as events
    from cell
    group by month, source_id, cell.campaign, step
    order by ${BY_CELL}, step collate "C"
    limit $8`,
  values: ({ workspaceId, from, until, sourceId, campaign, firstMonth, lastMonth }) => [
    workspaceId,
    from,
    until,
    sourceId,
    campaign,
    firstMonth,
    lastMonth,
  ],
  show: ({ month, sourceId, campaign, step, persons, events }) => ({
    month,
    sourceId: publicId('src', sourceId),
    campaign,
    ...typeAndName(step),
    persons: Number(persons),
    events: Number(events),
  }),
}

/** No type has a colon in it, a name may. */
function typeAndName(step: string): { readonly type: string; readonly name: string | null } {
  const colon = step.indexOf(':')
  return colon === -1
    ? { type: step, name: null }
    : { type: step.slice(0, colon), name: step.slice(colon + 1) }
}
