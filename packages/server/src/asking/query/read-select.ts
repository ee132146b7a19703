import { z } from 'zod'
import { conditionsOf } from './read-conditions.ts'
import { columnName, placeAt } from './syntax-node.ts'
import { unsupportedQuery } from './unsupported-query.ts'

export const COLUMNS = ['customer_user_id', 'event_name', 'event_time_ts', 'source'] as const
export type Column = (typeof COLUMNS)[number]

export type Select = {
  readonly columns: readonly { readonly column: Column; readonly as: string }[]
  /** Null: events of every name. */
  readonly names: readonly string[] | null
  readonly limit: number
}

const DEFAULT_LIMIT = 10_000
const MOST_ROWS = 100_000

/** Takes the syntax tree of node-sql-parser; every part of it is either understood or refused. */
export function readSelect(statement: unknown): Select {
  const found = selectStatement.safeParse(statement)
  if (!found.success) throw refusal(found.error.issues[0]?.path ?? [], statement)
  const { columns, from, where, limit } = found.data
  if (from[0].table.toLowerCase() !== 'cooladata') throw unsupportedQuery('The one table is cooladata')
  return { columns: outputs(columns), names: conditionsOf(where).names, limit: rowsOf(limit) }
}

const nothing = z.null()
const unnamed = z.unknown()

/** Strict: a part this does not name (a union, a join, a sub-select) is refused by its presence. */
const selectStatement = z.strictObject({
  type: z.literal('select'),
  columns: z.array(z.strictObject({ expr: unnamed, as: unnamed, loc: unnamed })).min(1),
  from: z.tuple([
    z.strictObject({
      table: z.string(),
      db: nothing,
      as: nothing,
      surround: unnamed,
      loc: unnamed,
      operator: nothing,
    }),
  ]),
  where: unnamed,
  limit: z
    .object({ seperator: z.literal(''), value: z.tuple([z.object({ type: z.string(), value: unnamed })]) })
    .nullable(),
  loc: unnamed,
  as_struct_val: nothing,
  distinct: nothing,
  for_sys_time_as_of: nothing,
  with: nothing,
  groupby: nothing,
  having: nothing,
  qualify: nothing,
  orderby: nothing,
  window: nothing,
  _orderby: nothing,
  _limit: nothing,
  _parentheses: z.undefined().optional(),
})

const CLAUSES = {
  type: 'Only select statements are answered',
  from: 'The one table is cooladata, without alias, join or sub-select',
  limit: '`limit` takes one whole number',
  distinct: '`distinct` is not supported',
  with: '`with` is not supported',
  groupby: '`group by` is not supported',
  having: '`having` is not supported',
  orderby: '`order by` is not supported (rows come newest first)',
  _orderby: '`order by` is not supported (rows come newest first)',
  window: 'Windows are not supported',
  qualify: '`qualify` is not supported',
} as const

function refusal(path: readonly PropertyKey[], statement: unknown) {
  const clause = path.length === 0 ? '' : String(path[0])
  const isSelect = z.object({ type: z.literal('select') }).safeParse(statement).success
  if (!isSelect) return unsupportedQuery(CLAUSES.type)
  return unsupportedQuery(isNamed(clause) ? CLAUSES[clause] : 'A clause of this statement is not supported')
}

const isNamed = (clause: string): clause is keyof typeof CLAUSES => Object.hasOwn(CLAUSES, clause)

const selectable = columnName.pipe(z.enum(COLUMNS))
const alias = z.union([
  z.string().min(1),
  z.object({ value: z.string().min(1) }).transform(({ value }) => value),
  nothing,
])

function outputs(columns: readonly { readonly expr?: unknown; readonly as?: unknown }[]): Select['columns'] {
  const outputs = columns.map((column) => {
    const name = selectable.safeParse(column.expr)
    const as = alias.safeParse(column.as)
    if (!name.success || !as.success)
      throw unsupportedQuery('This column cannot be selected', placeAt(column))
    return { column: name.data, as: as.data ?? name.data }
  })
  const names = new Set(outputs.map(({ as }) => as))
  if (names.size < outputs.length) throw unsupportedQuery('Two columns have the same name')
  return outputs
}

function rowsOf(limit: z.infer<typeof selectStatement>['limit']): number {
  if (limit === null) return DEFAULT_LIMIT
  const rows = z.number().int().min(1).max(MOST_ROWS).safeParse(limit.value[0].value)
  if (!rows.success) throw unsupportedQuery(`\`limit\` is a whole number from 1 to ${MOST_ROWS}`)
  return rows.data
}
