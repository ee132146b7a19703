import type { ParsedQuery } from './parse-query.ts'
import type { QueryPage, QueryRow } from './query-rows.ts'

/** The text of a `queryAnswer`, page by page. Nothing is written before the first page was read, so that an error then is
 *  still answered as one; a text that breaks off later does not parse, so nobody takes it for a whole answer. */
export async function* writeJson(
  { columns, range }: ParsedQuery,
  pages: AsyncIterable<QueryPage>,
): AsyncGenerator<string> {
  const names = columns.map(({ as }) => as)
  let opening = head(names, range)
  let comma = ''
  let restricted = 0
  for await (const { rows, isComplete, restrictedRows } of pages) {
    restricted += restrictedRows
    const text = rows.map((row) => JSON.stringify(record(names, row))).join(',')
    const closing = isComplete === null ? '' : `],"isComplete":${isComplete},"restrictedRows":${restricted}}`
    yield `${opening}${text === '' ? '' : comma}${text}${closing}`
    opening = ''
    if (text !== '') comma = ','
  }
}

function head(columns: readonly string[], { from, until }: ParsedQuery['range']): string {
  const opening = JSON.stringify({ columns, from: from.toISOString(), until: until?.toISOString() ?? null })
  return `${opening.slice(0, -1)},"data":[`
}

function record(names: readonly string[], row: QueryRow): Record<string, string | null> {
  return Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]))
}
