import { z } from 'zod'
import { listPage } from '../control/list-page.ts'
import { timestamp } from '../control/text.ts'

/** Whole hours in UTC: the hour `from` falls in is included, the hour `to` begins in too. Default: the last 7 days. */
export const dropsQuery = z.strictObject({
  from: timestamp.optional(),
  to: timestamp.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(1000).describe('Most rows to answer.'),
  cursor: z.string().max(400).optional().describe('nextCursor of the page before.'),
})

const droppedInHour = z.object({
  hour: z.string(),
  sourceId: z.string(),
  reason: z.string(),
  dropped: z.number().int(),
})

/** Newest hour first. */
export const dropsPage = listPage(droppedInHour)

export type DropsQuery = z.infer<typeof dropsQuery>
export type DropsPage = z.infer<typeof dropsPage>
