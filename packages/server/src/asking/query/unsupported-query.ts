import { Problem } from '@heed/protocol'

/** Everything this door understands, as one sentence for whoever asked for more. */
const SUPPORTED =
  'select customer_user_id, event_name, event_time_ts or source (each may have `as name`) from cooladata ' +
  'where date_range (last N days) or date_range (yyyy-mm-dd, yyyy-mm-dd), ' +
  'and event_name = "…" or event_name in ("…", …), limit N'

/**
 * The refusal of a query. It names the place and the clause and never repeats the caller's words: a word that is
 * out of place may be somebody's user id.
 */
export function unsupportedQuery(reason: string, at: Place | null = null): Problem {
  const place = at === null ? '' : ` (line ${at.line}, column ${at.column})`
  return new Problem('unsupported-query', `${reason}${place}. Supported: ${SUPPORTED}.`)
}

/** Both count from one. */
export type Place = { readonly line: number; readonly column: number }

export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
