import { z } from 'zod'
import { standing } from './suppression-cause.ts'

/** Why an identifier's events are, or are not, being dropped. */
export const explanation = standing.extend({
  subjects: z.array(z.string()).describe('sub_… of everyone the identifier leads to.'),
  dropped: z
    .object({
      total: z.number().int(),
      since: z.string().nullable().describe('When the first cause began, open or lifted.'),
    })
    .describe('Events refused under any identifier that shares a cause with this one.'),
  node: z.object({
    freshness: z.object({
      readFrom: z.literal('primary').describe('Never from a cache or a replica.'),
      readAt: z.string(),
    }),
  }),
})

export type Explanation = z.infer<typeof explanation>
