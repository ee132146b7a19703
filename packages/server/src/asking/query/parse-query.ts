import sqlParser from 'node-sql-parser/build/bigquery.js'
import { z } from 'zod'
import { type DateRange, readDateRange } from './read-date-range.ts'
import { readSelect, type Select } from './read-select.ts'
import { tokenizeQuery } from './tokenize-query.ts'
import { unsupportedQuery } from './unsupported-query.ts'

/** A query as the store can answer it. */
export type ParsedQuery = Select & { readonly range: DateRange }

/**
 * Reads the part of CQL (BigQuery's SQL with `date_range`) that Cooladata's own opt-out report uses. Grammar:
 * docs.cooladata.com/opt-out and /cql, read 2026-11. Whatever is not named here is refused, never ignored.
 */
export function parseQuery(query: string, now: Date): ParsedQuery {
  const { sql, range } = readDateRange(tokenizeQuery(query), now)
  return { ...readSelect(statementOf(sql)), range }
}

function statementOf(sql: string): unknown {
  const statement: unknown = parsed(sql)
  if (!Array.isArray(statement)) return statement
  if (statement.length > 1) throw unsupportedQuery('One statement at a time')
  return statement[0]
}

function parsed(sql: string): unknown {
  try {
    const parser = new sqlParser.Parser()
    return parser.astify(sql, {
      database: 'bigquery',
      trimQuery: false,
      parseOptions: { includeLocations: true },
    })
  } catch (cause) {
    throw unsupportedQuery('The SQL cannot be read', placeIn(cause))
  }
}

const syntaxError = z.object({
  location: z.object({ start: z.object({ line: z.number(), column: z.number() }) }),
})

/** The parser's own message repeats the query, so only its place is taken. */
function placeIn(cause: unknown) {
  const found = syntaxError.safeParse(cause)
  return found.success ? found.data.location.start : null
}
