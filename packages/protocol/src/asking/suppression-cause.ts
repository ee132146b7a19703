import { z } from 'zod'
import { listPage } from '../control/list-page.ts'

/** One reason why something of a person is not collected. */
export const suppressionCause = z.object({
  cause: z.string().describe('cau_…'),
  kind: z.enum(['opt-out-event', 'suppress-request', 'erase-request', 'restrict-request']),
  scope: z.string().describe('`workspace`, or the src_… it is limited to.'),
  from: z.string().describe('When it began, by the clock of the database.'),
  until: z.string().nullable().describe('When it was lifted; null while it holds.'),
  actor: z.string().describe('Who brought the "no" in.'),
  liftedBy: z.string().nullable(),
  sourceId: z.string().nullable().describe('The source an opt-out event came through.'),
  requestId: z.string().nullable(),
})

/** What a subject's directives add up to now. */
export const standing = z.object({
  suppressed: z.boolean().describe('Is any cause open, for the workspace or for one source?'),
  since: z.string().nullable().describe('The earliest open cause; null when none is open.'),
  causes: z.array(suppressionCause).describe('Lifted ones too, oldest first.'),
})

/** Digests are shortened: enough to tell two rows apart, too little to look anybody up by. */
const listedSuppression = suppressionCause.extend({
  digestCount: z.number().int(),
  digests: z.array(z.string()).describe('The first 8 hex digits of at most 20 of them.'),
})

export const suppressionPage = listPage(listedSuppression)

export type SuppressionCause = z.infer<typeof suppressionCause>
export type Standing = z.infer<typeof standing>
export type ListedSuppression = z.infer<typeof listedSuppression>
export type SuppressionPage = z.infer<typeof suppressionPage>
