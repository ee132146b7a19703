import type { ParsedQuery } from './parse-query.ts'
import type { QueryPage } from './query-rows.ts'

/** RFC 4180: CRLF, quotes where needed, a first line with the names. `null` is an empty field. */
export async function* writeCsv(
  { columns }: Pick<ParsedQuery, 'columns'>,
  pages: AsyncIterable<QueryPage>,
): AsyncGenerator<string> {
  let lines = line(columns.map(({ as }) => as))
  for await (const { rows } of pages) {
    lines += rows.map(line).join('')
    if (lines !== '') yield lines
    lines = ''
  }
}

const line = (values: readonly (string | null)[]): string => `${values.map(field).join(',')}\r\n`

function field(value: string | null): string {
  const text = guarded(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * A spreadsheet runs a field that begins like a formula, and user ids and event names come from strangers. The apostrophe
 * makes it text. https://owasp.org/www-community/attacks/CSV_Injection (read 2026-11)
 */
function guarded(text: string): string {
  return /^\s*[=+\-@＝＋－＠\t\r]/u.test(text) ? `'${text}` : text
}
