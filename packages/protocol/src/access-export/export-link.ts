import { z } from 'zod'
import { timestamp } from '../control/text.ts'

/** How long a link may be good for at most: a week. */
const LONGEST_LINK_HOURS = 168

export const newExportLink = z.strictObject({
  expiresInHours: z.number().int().min(1).max(LONGEST_LINK_HOURS).default(24),
})

/** Whoever has the link has the data: it is shown this once, works once, and a newer one replaces it. */
export const exportLink = z.object({
  url: z.string().describe('Hand it to the person over a way that is theirs. It works once.'),
  expiresAt: timestamp,
})

export const exportState = z.object({
  state: z
    .enum(['making', 'ready', 'not-found', 'gone'])
    .describe(
      'not-found: nobody is known by what was named, or they were erased meanwhile. gone: it was kept long enough.',
    ),
  bytes: z.number().int().describe('Made so far.'),
  downloads: z.number().int(),
  linkExpiresAt: timestamp
    .nullable()
    .describe('Of the link that can still be used; null where there is none.'),
  expiresAt: timestamp.nullable().describe('When Heed deletes it.'),
})

export type NewExportLink = z.infer<typeof newExportLink>
export type ExportLink = z.infer<typeof exportLink>
export type ExportState = z.infer<typeof exportState>
