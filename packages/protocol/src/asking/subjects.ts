import { z } from 'zod'
import { listPage } from '../control/list-page.ts'
import { listedEvent, restrictedSubjects } from './events.ts'
import { standing, suppressionCause } from './suppression-cause.ts'

const restricted = z
  .boolean()
  .describe(
    'The person asked that their data is kept and not used: it is shown with the scope privacy:read only.',
  )

/** Whom an identifier leads to. An address may be named by people it does not belong to. */
const foundSubject = z.object({
  id: z.string().describe('sub_…'),
  isOwner: z
    .boolean()
    .describe('false: this person named the identifier, and it belongs to another or to nobody.'),
  createdAt: z
    .string()
    .nullable()
    .describe('null when the person is restricted and the token lacks privacy:read.'),
  restricted,
})

/** At most 1,000, the owner first. */
export const foundSubjects = listPage(foundSubject)

const knownIdentifier = z.object({
  kind: z.string(),
  value: z.string().nullable().describe('null when its key is gone.'),
  provenance: z.enum(['client', 'server', 'verified']),
  since: z.string(),
})

export const subjectPage = z.object({
  id: z.string().describe('sub_…: the root, whichever part of the person was asked for.'),
  identifiers: z.array(knownIdentifier),
  traits: z.record(z.string(), z.unknown()).describe('Of every part, newest client time first, key by key.'),
  createdAt: z.string().nullable(),
  restricted,
  firstSeenAt: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  standing,
  dataDeletedAt: z.string().nullable().describe('Set: nothing personal is left to show.'),
})

export const timelineEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), at: z.string(), event: listedEvent }),
  z.object({ kind: z.literal('suppressed'), at: z.string(), cause: suppressionCause }),
  z.object({ kind: z.literal('unsuppressed'), at: z.string(), cause: suppressionCause }),
])

/** Newest first, in the order in which the database took it in. */
export const timelinePage = listPage(timelineEntry).extend({ restrictedSubjects })

export type FoundSubjects = z.infer<typeof foundSubjects>
export type SubjectPage = z.infer<typeof subjectPage>
export type TimelineEntry = z.infer<typeof timelineEntry>
export type TimelinePage = z.infer<typeof timelinePage>
