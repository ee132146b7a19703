import { publicId } from '@heed/core'
import type { RevenueRow } from '@heed/protocol'
import type { Report } from './answer-report.ts'
import { BY_CELL, MONTH_OF } from './report-sql.ts'

type Row = {
  readonly month: string
  readonly sourceId: string
  readonly campaign: string | null
  readonly currency: string | null
  readonly orders: string
  readonly refunds: string
  readonly gross: string
  readonly refunded: string
  readonly net: string
}

/** A purchase keeps what is counted here when its person is erased, so nothing has to be made up for it. */
export const revenueReport: Report<Row, RevenueRow> = {
  statement: `
    with paid as (
      select ${MONTH_OF('p.at')} as month, p.source_id, coalesce(p.campaign, '') as campaign, p.kind, p.currency, p.amount
      from purchase p
      where p.workspace_id = $1 and p.at >= $2 and p.at < $3 and ($4::uuid is null or p.source_id = $4)
        and ($5::text is null or coalesce(p.campaign, '') = $5)
    ),
    cell as (
      select month, source_id, campaign, currency,
             count(*) filter (where kind = 'order') as orders,
             count(*) filter (where kind = 'refund') as refunds,
             coalesce(sum(amount) filter (where kind = 'order'), 0) as gross,
             coalesce(sum(amount) filter (where kind = 'refund'), 0) as refunded
      from paid group by month, source_id, campaign, currency
    )
    select month, source_id as "sourceId", nullif(campaign, '') as campaign, currency, orders, refunds, gross, refunded,
           gross - refunded as net
    from cell
    order by ${BY_CELL}, currency collate "C" nulls first
    limit $6`,
  values: ({ workspaceId, from, until, sourceId, campaign }) => [
    workspaceId,
    from,
    until,
    sourceId,
    campaign,
  ],
  show: ({ sourceId, orders, refunds, gross, refunded, net, month, campaign, currency }) => ({
    month,
    sourceId: publicId('src', sourceId),
    campaign,
    currency,
    orders: Number(orders),
    refunds: Number(refunds),
    gross,
    refunded,
    net,
  }),
}
