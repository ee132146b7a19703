import { z } from 'zod'

/** A month of UTC. Nothing happened before 1970 or after 9999. */
const reportMonth = z
  .string()
  .regex(/^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])$/, { error: 'must be a month such as 2026-03' })

/** Months are of UTC, `from` and `to` both included: at most 60, the last twelve by default. */
export const reportQuery = z.strictObject({
  from: reportMonth.optional().describe('The first month, YYYY-MM; eleven before `to` by default.'),
  to: reportMonth.optional().describe('The last month, YYYY-MM; this month by default.'),
  source: z.string().optional().describe('src_…'),
  campaign: z.string().max(100).optional().describe('Its name; empty for what came without one.'),
})

const cell = {
  month: z.string().describe('YYYY-MM, UTC.'),
  sourceId: z.string().describe('src_…'),
  campaign: z.string().nullable(),
}

const revenueRow = z.object({
  ...cell,
  currency: z.string().nullable().describe('ISO 4217; null where the event named none.'),
  orders: z.number().int(),
  refunds: z.number().int(),
  gross: z.string().describe('The orders together, as decimal text.'),
  refunded: z.string().describe('The refunds together, as decimal text.'),
  net: z.string().describe('gross less refunded, as decimal text.'),
})

const funnelRow = z.object({
  ...cell,
  type: z.string(),
  name: z.string().nullable().describe('Of a track event whose name is stored in the clear.'),
  persons: z.number().int().describe('Who did it, each once; erased persons too.'),
  events: z.number().int().describe('How often it was done.'),
})

const lifecycleStage = z.enum(['visitor', 'known', 'customer', 'returning'])

const lifecycleRow = z.object({
  ...cell,
  stage: lifecycleStage,
  persons: z.number().int().describe('Whose first event was in this month; erased persons too.'),
})

function report<Row extends z.ZodType>(row: Row) {
  return z.object({ from: z.string(), to: z.string(), data: z.array(row) })
}

export const revenueReport = report(revenueRow)
export const funnelReport = report(funnelRow)
export const lifecycleReport = report(lifecycleRow)

export type ReportQuery = z.infer<typeof reportQuery>
export type RevenueRow = z.infer<typeof revenueRow>
export type FunnelRow = z.infer<typeof funnelRow>
export type LifecycleRow = z.infer<typeof lifecycleRow>
export type RevenueReport = z.infer<typeof revenueReport>
export type FunnelReport = z.infer<typeof funnelReport>
export type LifecycleReport = z.infer<typeof lifecycleReport>
