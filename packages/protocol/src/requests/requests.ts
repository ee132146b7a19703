import { z } from 'zod'
import { askedIdentifier } from '../asking/asked-identifier.ts'
import { listPage } from '../control/list-page.ts'
import { timestamp } from '../control/text.ts'

/** What a person, or somebody for them, asks for. */
export const newRequest = z.strictObject({
  type: z
    .enum(['suppress', 'unsuppress'])
    .describe('suppress: collect nothing of this person from now on. unsuppress: lift that.'),
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
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .optional()
    .describe('For your own record; write no personal data here.'),
})

const requestStatus = z.enum(['received', 'settled'])

export const request = z.object({
  id: z.string().describe('req_…'),
  type: z.enum(['suppress', 'unsuppress']),
  status: requestStatus,
  scope: z.object({ sources: z.array(z.string()).optional() }),
  reason: z.string().nullable(),
  identifierCount: z.number().int().describe('How many identifiers were named.'),
  actor: z.string(),
  createdAt: timestamp,
  dueAt: timestamp,
  settledAt: timestamp.nullable(),
})

export const requestPage = listPage(request)

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
