import { readClientTime } from '../event-times.ts'

/**
 * Milliseconds since 1970 of an `event_timestamp_epoch`: thirteen digits as number or text, or one of the date forms of
 * Cooladata's documentation (yyyy-mm-ddThh:mm:ss, yyyy-mm-dd, yyyy/mm/dd, dd/mm/yyyy, dd-mm-yyyy), all taken as UTC.
 * Null for anything else: the time of receipt counts then.
 */
export function readEventTimestamp(raw: unknown): number | null {
  if (typeof raw === 'number') return raw >= 1e12 ? readClientTime(raw) : null
  if (typeof raw !== 'string') return null
  const text = raw.trim()
  return readClientTime(text) ?? readClientTime(isoOf(text))
}

const YEAR_FIRST = /^(\d{4})\/(\d{2})\/(\d{2})$/
const DAY_FIRST = /^(\d{2})([-/])(\d{2})\2(\d{4})$/

function isoOf(text: string): string | null {
  const yearFirst = YEAR_FIRST.exec(text)
  if (yearFirst !== null) return `${yearFirst[1]}-${yearFirst[2]}-${yearFirst[3]}`
  const dayFirst = DAY_FIRST.exec(text)
  return dayFirst === null ? null : `${dayFirst[4]}-${dayFirst[3]}-${dayFirst[1]}`
}
