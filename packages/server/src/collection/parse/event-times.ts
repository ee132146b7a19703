export type EventTimes = { readonly eventAt: Date; readonly clientAt: Date | null }

/**
 * When an event happened, by the client's clock corrected with its own time of sending:
 * `receivedAt − (sentAt − timestamp)`, all in milliseconds since 1970; null is a time that could not be read.
 *
 * - Without `sentAt` the client's time stands as it is; without `timestamp` the time of receipt counts.
 * - An event cannot happen after it has arrived: a later time becomes the time of receipt.
 * - A corrected time before 1970 is not believed, and the time of receipt counts.
 */
export function eventTimes(
  sent: { readonly timestamp: number | null; readonly sentAt: number | null },
  receivedAt: Date,
): EventTimes {
  if (sent.timestamp === null) return { eventAt: receivedAt, clientAt: null }
  const delayMs = sent.sentAt === null ? receivedAt.getTime() - sent.timestamp : sent.sentAt - sent.timestamp
  const happened = Math.min(receivedAt.getTime() - delayMs, receivedAt.getTime())
  if (happened < 0) return { eventAt: receivedAt, clientAt: null }
  const at = new Date(happened)
  return { eventAt: at, clientAt: at }
}

/**
 * Milliseconds since 1970 of a client's time: ISO 8601 text (UTC where it names no zone), milliseconds as a number, or
 * thirteen digits as text. Null for anything else and outside 1970–9999: PostgreSQL and JavaScript end at different years.
 */
export function readClientTime(raw: unknown): number | null {
  if (typeof raw === 'number') return believable(raw)
  if (typeof raw !== 'string') return null
  const text = raw.trim()
  if (/^\d{13}$/.test(text)) return believable(Number(text))
  return ISO_DATE.test(text)
    ? believable(Date.parse(HAS_ZONE.test(text) ? text : `${text.replace(' ', 'T')}Z`))
    : null
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:$|[T ]\d{2}:\d{2})/
/** A date alone is UTC to Date.parse already. */
const HAS_ZONE = /^\d{4}-\d{2}-\d{2}$|(?:[Zz]|[+-]\d{2}:?\d{2})$/

const YEAR_10000 = Date.UTC(10_000, 0)

function believable(unixMs: number): number | null {
  return unixMs >= 0 && unixMs < YEAR_10000 ? Math.floor(unixMs) : null
}
