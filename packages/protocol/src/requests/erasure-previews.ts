import { z } from 'zod'
import { timestamp } from '../control/text.ts'
import { newRequest, requestStatus } from './requests.ts'

/** What an erase would be asked with. */
export const newErasurePreview = newRequest.pick({
  subject: true,
  suppress: true,
  jurisdiction: true,
  submittedAt: true,
})

const previewedSubject = z.object({
  id: z.string().describe('sub_…'),
  isOwner: z.boolean().describe('false: what was named is not theirs; they have named it, too.'),
  restricted: z.boolean(),
})

const previewedTable = z.object({
  table: z.string(),
  action: z
    .enum(['nulled', 'deleted', 'anonymised', 'kept'])
    .describe(
      'nulled: what is sealed goes, the row stays. anonymised: the row leads to nobody any more and goes on counting. ' +
        'kept: it says nothing without data that is gone, or it keeps the person away.',
    ),
  rows: z
    .number()
    .int()
    .nullable()
    .describe(
      '1,000,000 means that or more. null: somebody among them is restricted, and the token lacks privacy:read.',
    ),
})

/**
 * What an erase would do, as of `countedAt`. Nothing is changed or reserved. The plan hash stands for whom it reaches, under
 * which identifiers, what is done to each table, where, and the holds; an erase that names it is refused (409 `plan-drifted`)
 * when any of that is different by then. The counts are not part of it: what is collected, linked or dropped between the
 * preview and the request is erased with the rest, however much it is, and the task says how many rows it was in the end.
 */
export const erasurePreview = z.object({
  planHash: z.string().describe('64 hex digits, for planHash of the request.'),
  status: requestStatus.describe(
    'What the request would be when it is opened now; settled: there is nobody to erase.',
  ),
  doubt: z
    .string()
    .nullable()
    .describe('Why it would wait for approval: several-people, contradicted, mention-only or client-link.'),
  subjects: z.array(previewedSubject).describe('Whom it reaches.'),
  otherSubjects: z
    .array(z.string())
    .describe('sub_… of people who share an identifier with them; they are not touched. At most 1,000.'),
  tables: z.array(previewedTable),
  revenueImpact: z
    .array(
      z.object({
        currency: z.string().nullable().describe('null: it was sent without one.'),
        orders: z.number().int(),
        refunds: z.number().int(),
        net: z.string().describe('Decimal text: orders less refunds. Reports go on counting it.'),
      }),
    )
    .describe('What reports keep of them, without them.'),
  irreversible: z
    .array(z.string())
    .describe('What cannot be taken back, or not for long; sentences to be read.'),
  holds: z.array(z.object({ id: z.string().describe('hld_…'), until: z.string() })),
  destinations: z.array(
    z.object({
      destination: z.string().describe('heed: what Heed itself stores.'),
      recoverableUntil: z
        .string()
        .nullable()
        .describe('null: it cannot be reversed, or has not begun by then.'),
    }),
  ),
  dueAt: timestamp.describe('When the person must have an answer.'),
  recoverableUntil: z
    .string()
    .nullable()
    .describe(
      'If it were opened now; null where it would wait first, reach nobody, or leave no time to reverse.',
    ),
  countedAt: z.string(),
})

export type NewErasurePreview = z.infer<typeof newErasurePreview>
export type ErasurePreview = z.infer<typeof erasurePreview>
