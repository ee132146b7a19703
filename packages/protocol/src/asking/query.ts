import { z } from 'zod'

export const queryQuestion = z.strictObject({
  query: z
    .string()
    .max(10_000)
    .describe('select customer_user_id from cooladata where date_range (last 7 days) and event_name = "…"'),
  format: z.enum(['json', 'csv']).default('json'),
})

/**
 * The rows, newest arrival first, each with the selected columns under the names given by `as`. `isComplete` is false
 * when `limit` cut the answer. In CSV (RFC 4180, UTF-8) the first line has the names.
 */
export const queryAnswer = z.object({
  columns: z.array(z.string()),
  from: z.string().describe('Begin of the date range, included.'),
  until: z.string().nullable().describe('Its end, excluded; null: open.'),
  data: z.array(z.record(z.string(), z.string().nullable())),
  isComplete: z.boolean(),
  restrictedRows: z
    .number()
    .int()
    .describe(
      'Rows left out because their people are restricted and the token lacks privacy:read; CSV does not say.',
    ),
})

export type QueryQuestion = z.infer<typeof queryQuestion>
export type QueryAnswer = z.infer<typeof queryAnswer>
