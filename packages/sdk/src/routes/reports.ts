import type { Transport } from '../transport.ts'
import type { FunnelReport, LifecycleReport, ReportQuery, RevenueReport } from '../wire.ts'

/** Numbers by month, source and campaign: the last twelve months unless others are named. */
export type ReportRoutes = {
  /** Orders and refunds in each currency; amounts are decimal text. */
  readonly revenue: (query?: ReportQuery) => Promise<RevenueReport>
  /** How many persons took each step, and how often. */
  readonly funnel: (query?: ReportQuery) => Promise<FunnelReport>
  /** How far the persons who first came in a month have come. */
  readonly lifecycle: (query?: ReportQuery) => Promise<LifecycleReport>
}

export function reportRoutes(transport: Transport): ReportRoutes {
  const read = <Report>(name: string, query: ReportQuery) =>
    transport.json<Report>({ method: 'GET', path: `/api/v1/reports/${name}`, query })
  return {
    revenue: (query = {}) => read('revenue', query),
    funnel: (query = {}) => read('funnel', query),
    lifecycle: (query = {}) => read('lifecycle', query),
  }
}
