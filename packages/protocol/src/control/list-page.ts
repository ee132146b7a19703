import { z } from 'zod'

/** How every list is asked for: `cursor` is the `nextCursor` of the page before, and nothing may be read into it. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Most rows to answer.'),
  cursor: z.string().max(200).optional().describe('nextCursor of the page before.'),
})

export type ListQuery = z.infer<typeof listQuery>

/** The answer of every list. `nextCursor` is null on the last page. */
export function listPage<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() })
}
