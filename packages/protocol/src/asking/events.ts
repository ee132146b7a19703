import { z } from 'zod'
import { listPage } from '../control/list-page.ts'
import { timestamp } from '../control/text.ts'

export const eventType = z.enum(['identify', 'track', 'page', 'screen', 'group', 'alias'])

const page = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Most rows to answer.'),
  cursor: z.string().max(200).optional().describe('nextCursor of the page before.'),
}

/** Newest arrival first. `from` is included and `to` is not; both are compared with the event's own time. */
export const eventsQuery = z.strictObject({
  subject: z.string().optional().describe('sub_…: the person with everything that was merged into them.'),
  name: z.string().max(1000).optional().describe('The name of a track event.'),
  type: eventType.optional(),
  source: z.string().optional().describe('src_…'),
  from: timestamp.optional(),
  to: timestamp.optional(),
  ...page,
})

export const timelineQuery = z.strictObject(page)

export const listedEvent = z.object({
  id: z.string().describe('evt_…'),
  subjectId: z.string().describe('sub_…: the person the event belongs to now.'),
  type: eventType,
  name: z.string().nullable().describe('Of a track event; the names of pages and screens are in content.'),
  sourceId: z.string().describe('src_…'),
  eventAt: z.string(),
  receivedAt: z.string(),
  campaign: z.string().nullable(),
  revenue: z.string().nullable().describe('Decimal text.'),
  currency: z.string().nullable(),
  content: z.unknown().describe('What else the client sent.'),
})

export const restrictedSubjects = z
  .array(z.string())
  .describe('sub_… of restricted people whose rows were left out, because the token lacks privacy:read.')

/** A page may hold fewer rows than `limit`, even none: only `nextCursor: null` is the end. */
export const eventPage = listPage(listedEvent).extend({ restrictedSubjects })

export type EventsQuery = z.infer<typeof eventsQuery>
export type TimelineQuery = z.infer<typeof timelineQuery>
export type ListedEvent = z.infer<typeof listedEvent>
export type EventPage = z.infer<typeof eventPage>
