import { z } from 'zod'
import type { Place } from './unsupported-query.ts'

/** A bare or a back-quoted name, as the parser gives it. */
export const columnName = z
  .object({
    type: z.literal('column_ref'),
    table: z.null(),
    column: z.object({ expr: z.object({ value: z.string() }), offset: z.tuple([]) }),
    collate: z.null().optional(),
  })
  .transform(({ column }) => column.expr.value.toLowerCase())

const located = z.object({ loc: z.object({ start: z.object({ line: z.number(), column: z.number() }) }) })

export function placeAt(node: unknown): Place | null {
  const found = located.safeParse(node)
  return found.success ? found.data.loc.start : null
}
