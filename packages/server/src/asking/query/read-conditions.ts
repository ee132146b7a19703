import { z } from 'zod'
import { columnName, placeAt } from './syntax-node.ts'
import { unsupportedQuery } from './unsupported-query.ts'

/**
 * Reads the `where` clause: conditions joined by `and`, one of which is the date range (read before the SQL was
 * parsed) and at most one of which names events. A date range under an `or` would not bound the answer, so only
 * `and` is read.
 */
export function conditionsOf(where: unknown): { readonly names: readonly string[] | null } {
  const conditions = conjunctsOf(where)
  const others = conditions.filter((condition) => !isDateRange(condition))
  if (others.length === conditions.length)
    throw unsupportedQuery('date_range (…) is not a condition of its own')

  const [first, second] = others
  if (first === undefined) return { names: null }
  if (second !== undefined)
    throw unsupportedQuery('There is more than one condition besides date_range', placeAt(second))
  return { names: namesOf(first) }
}

const conjunction = z.object({
  type: z.literal('binary_expr'),
  operator: z.literal('AND'),
  left: z.unknown(),
  right: z.unknown(),
})

function conjunctsOf(condition: unknown): unknown[] {
  const both = conjunction.safeParse(condition)
  return both.success ? [...conjunctsOf(both.data.left), ...conjunctsOf(both.data.right)] : [condition]
}

const dateRange = z.object({
  type: z.literal('function'),
  name: z.object({
    name: z.tuple([]),
    schema: z.object({ value: z.string().toLowerCase().pipe(z.literal('date_range')) }),
  }),
  over: z.null(),
})

const isDateRange = (condition: unknown): boolean => dateRange.safeParse(condition).success

const text = z.object({ type: z.enum(['string', 'single_quote_string']), value: z.string() })

const eventName = columnName.pipe(z.literal('event_name'))

const equality = z
  .object({ type: z.literal('binary_expr'), operator: z.literal('='), left: eventName, right: text })
  .transform(({ right }) => [right.value])

const membership = z
  .object({
    type: z.literal('binary_expr'),
    operator: z.literal('IN'),
    left: eventName,
    right: z.object({ type: z.literal('expr_list'), value: z.array(text).min(1) }),
  })
  .transform(({ right }) => right.value.map(({ value }) => value))

function namesOf(condition: unknown): readonly string[] {
  const names = z.union([equality, membership]).safeParse(condition)
  if (!names.success) throw unsupportedQuery('This condition is not supported', placeAt(condition))
  return [...new Set(names.data)]
}
