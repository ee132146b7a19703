import type { QueryQuestion } from '@heed/protocol'
import type { Asker, Asking } from '../asking.ts'
import { parseQuery } from './parse-query.ts'
import { queryRows } from './query-rows.ts'
import { writeCsv } from './write-csv.ts'
import { writeJson } from './write-json.ts'

export type QueryStream = { readonly contentType: string; readonly body: AsyncGenerator<string> }

/** Reads the query now, so that a refusal comes before anything is sent; the rows follow as they are read. */
export function answerQuery(asking: Asking, asker: Asker, { query, format }: QueryQuestion): QueryStream {
  const parsed = parseQuery(query, asking.now())
  const pages = queryRows(asking, asker, parsed)
  return format === 'csv'
    ? { contentType: 'text/csv; charset=utf-8', body: writeCsv(parsed, pages) }
    : { contentType: 'application/json; charset=utf-8', body: writeJson(parsed, pages) }
}
