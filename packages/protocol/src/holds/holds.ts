import { z } from 'zod'
import { listPage } from '../control/list-page.ts'
import { timestamp } from '../control/text.ts'

const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine((text) => text.isWellFormed(), { error: 'must be ordinary text' })

/** A reason to keep a person's data although they ask to be erased. */
export const newHold = z.strictObject({
  reason: reason.describe('Why, for who reviews it. Sealed under the key of the person it is about.'),
  until: timestamp.describe('When it ends by itself: ahead, and at most ten years.'),
})

export const hold = z.object({
  id: z.string().describe('hld_…'),
  subjectId: z.string().describe('sub_… of the person it stands for now.'),
  reason: z
    .string()
    .nullable()
    .describe(
      'null when the key is gone, or when the person is restricted and the token lacks privacy:read.',
    ),
  until: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  releasedAt: z.string().nullable(),
  releasedBy: z.string().nullable(),
  isOpen: z.boolean().describe('Neither released nor ended: an erase waits for it.'),
})

export const holdPage = listPage(hold)

export type NewHold = z.infer<typeof newHold>
export type Hold = z.infer<typeof hold>
