import { z } from 'zod'
import { askedIdentifier } from '../asking/asked-identifier.ts'
import { listPage } from '../control/list-page.ts'
import { timestamp } from '../control/text.ts'
import { profileChanges } from './profile-changes.ts'

/** Every type of request this version carries out. */
const requestType = z.enum(['suppress', 'unsuppress', 'erase', 'access', 'restrict', 'correct'])

/** What a person, or somebody for them, asks for. */
export const newRequest = z.strictObject({
  type: requestType.describe(
    'suppress: collect nothing of this person from now on. unsuppress: lift that. erase: make what is stored of them ' +
      'unreadable at once, collect no more, and delete it when the time to reverse is over. ' +
      'access: pack a copy of what is stored of them, for them. restrict: collect no more and show what is stored to tokens ' +
      'with privacy:read only, until the request is cancelled. correct: put their profile right.',
  ),
  subject: z.strictObject({
    identifiers: z
      .array(askedIdentifier)
      .min(1)
      .max(50)
      .describe('Whom it is about; their closure is covered.'),
  }),
  scope: z
    .strictObject({
      sources: z.array(z.string()).min(1).max(100).optional().describe('src_… ids; none: every source.'),
    })
    .default({}),
  suppress: z
    .boolean()
    .optional()
    .describe(
      'Of an erase, true by default. false: only events whose client time lies before it stay blocked; newer ones begin anew.',
    ),
  jurisdiction: z
    .string()
    .regex(/^[a-z]{2,20}$/)
    .optional()
    .describe('The law it is asked under, such as gdpr, ccpa or lgpd; printed on its receipts.'),
  planHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('Of the preview somebody looked at: the request is refused where it would do something else.'),
  holdDestinations: z
    .boolean()
    .optional()
    .describe('true: destinations are asked only when the erase can no longer be reversed.'),
  changes: profileChanges.optional().describe('Of a correct, and required there: what is to be put right.'),
  submittedAt: timestamp
    .optional()
    .describe('When the person asked, if that was earlier; the month begins then.'),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .optional()
    .describe('For your own record; write no personal data here.'),
})

export const requestStatus = z.enum([
  'received',
  'awaiting-approval',
  'held',
  'running',
  'waiting',
  'settled',
  'cancelled',
])

export const request = z.object({
  id: z.string().describe('req_…'),
  type: requestType,
  status: requestStatus.describe(
    'awaiting-approval: it names several people, or reaches one by what only a public key said. held: a hold stands against ' +
      'it. waiting: done, and can still be reversed. running: being carried out. settled and cancelled are final.',
  ),
  scope: z.object({ sources: z.array(z.string()).optional() }),
  reason: z.string().nullable(),
  identifierCount: z.number().int().describe('How many identifiers were named.'),
  actor: z.string(),
  suppress: z.boolean().describe('Of an erase: whether the person stays away.'),
  jurisdiction: z.string().nullable(),
  holdDestinations: z.boolean(),
  submittedAt: timestamp.nullable(),
  createdAt: timestamp,
  dueAt: timestamp,
  settledAt: timestamp.nullable(),
})

export const requestPage = listPage(request)

const task = z.object({
  id: z.string().describe('tsk_…'),
  destination: z.string().describe('heed: what Heed itself stores.'),
  subjectId: z.string().nullable().describe('sub_… of whom it is about; null when nobody was found.'),
  state: z.enum(['held', 'window', 'counting', 'scrubbing', 'making', 'done', 'cancelled']),
  outcome: z
    .enum(['accepted', 'confirmed', 'not-found', 'still-found', 'cancelled'])
    .nullable()
    .describe('What happened there, as a fact; null while nothing has.'),
  recoverableUntil: timestamp.nullable().describe('Until then the erase can be reversed.'),
  nextAt: timestamp.nullable().describe('When work looks at it again; null when it waits for nobody.'),
  createdAt: timestamp,
  settledAt: timestamp.nullable(),
})

export const requestWithTasks = request.extend({ tasks: z.array(task) })

export const approval = z.strictObject({
  subjects: z
    .array(z.string())
    .min(1)
    .max(100)
    .optional()
    .describe(
      "sub_… ids of those of the request's people who are meant; none: all of them. The others are let go.",
    ),
})

export const reversal = z.strictObject({
  keepSuppressed: z
    .boolean()
    .optional()
    .describe('true: what is stored is there again, and nothing more is collected.'),
})

export type RequestWithTasks = z.infer<typeof requestWithTasks>
export type Approval = z.infer<typeof approval>
export type Reversal = z.infer<typeof reversal>

export type NewRequest = z.infer<typeof newRequest>
export type Request = z.infer<typeof request>

/** Which opt-outs a lifting takes back: those that came through one source between two times. */
export const newLifting = z.strictObject({
  source: z.string().describe('src_…'),
  from: timestamp,
  to: timestamp,
})

export const lifting = z.object({ lifted: z.number().int().describe('How many opt-outs were taken back.') })

export const newIdentityLink = z.strictObject({
  identifiers: z.tuple([askedIdentifier, askedIdentifier]).describe('Two identifiers of one person.'),
  reason: z.string().trim().min(1).max(500).optional(),
})

export const identityLink = z.object({
  id: z.string().nullable().describe('lnk_…; null when the two were already one person.'),
  subjectId: z.string().describe('sub_… of the person they are now.'),
})

export type NewLifting = z.infer<typeof newLifting>
export type NewIdentityLink = z.infer<typeof newIdentityLink>
