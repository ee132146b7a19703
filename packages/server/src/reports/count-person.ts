import type { Transaction } from '../store/transaction.ts'
import { KNOWN_BY } from './note-lifecycle.ts'
import { IS_KNOWN, MONTH_OF, STEP_OF } from './report-sql.ts'

export type CountedPerson = {
  readonly root: string
  readonly fragments: readonly string[]
}

/**
 * Adds an erased person to the cells of every report they are in, and leaves on the root what stays of them; from then on no
 * report counts their rows. In the caller's transaction, and before anything of the rows is scrubbed: the events still lead
 * to the person. Answers false and does nothing when they have been counted.
 *
 * Cells are written in the order of their key, so that two persons who share some never wait for each other in a circle.
 */
export async function countPerson(
  client: Transaction,
  workspaceId: string,
  { root, fragments }: CountedPerson,
): Promise<boolean> {
  const everyFragment = [...new Set([root, ...fragments])]
  const { rows: uncounted } = await client.query<{ id: string }>(
    `select subject_id as id from subject
     where workspace_id = $1 and subject_id = any($2::uuid[]) and counted_at is null order by subject_id for update`,
    [workspaceId, everyFragment],
  )
  if (uncounted.length === 0) return false
  const counted = uncounted.map(({ id }) => id)
  await client.query(COUNT, [workspaceId, root, counted, KNOWN_BY])
  return true
}

const COUNT = `
with mine as materialized (
  select ${MONTH_OF('e.event_at')} as month, e.event_at, e.id, e.source_id, coalesce(e.campaign, '') as campaign,
         ${STEP_OF('e')} as step
  from event e where e.workspace_id = $1 and e.subject_id = any($3::uuid[])
),
bought as materialized (
  select kind, amount, coalesce(currency, '') as currency
  from purchase where workspace_id = $1 and subject_id = any($3::uuid[])
),
revenue as (
  select jsonb_object_agg(currency, net::text) as net
  from (select currency, sum(case kind when 'refund' then -amount else amount end) as net from bought group by currency) each
),
stage as materialized (
  select case (select least(count(*), 2) from bought where kind = 'order')
           when 2 then 'returning'
           when 1 then 'customer'
           else (select case when bool_or(${IS_KNOWN('p', '$4')}) then 'known' else 'visitor' end
                 from subject p where p.workspace_id = $1 and p.subject_id = any($3::uuid[]))
         end as stage
),
cell as (
  select 'funnel' as report, month, source_id, campaign, step from mine group by 2, 3, 4, 5
  union all
  (select 'lifecycle', month, source_id, campaign, (select stage from stage) from mine order by event_at, id limit 1)
),
added as (
  insert into report_cell (workspace_id, report, month, source_id, campaign, step, persons)
  select $1, report, month, source_id, campaign, step, 1 from cell order by report, month, source_id, campaign, step
  on conflict (workspace_id, report, month, source_id, campaign, step) do update set persons = report_cell.persons + 1
)
update subject p
set counted_at = clock_timestamp(),
    first_month = case when p.subject_id = $2 then (select min(month) from mine) end,
    last_month = case when p.subject_id = $2 then (select max(month) from mine) end,
    lifetime_revenue = case when p.subject_id = $2 then coalesce((select net from revenue), '{}') end,
    lifecycle = case when p.subject_id = $2 then (select stage from stage) end
where p.workspace_id = $1 and p.subject_id = any($3::uuid[])`
