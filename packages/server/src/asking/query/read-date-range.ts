import type { Token } from './tokenize-query.ts'
import { placeOf, unsupportedQuery } from './unsupported-query.ts'

/** From inclusive, until exclusive; null is open. */
export type DateRange = { readonly from: Date; readonly until: Date | null }

/**
 * Reads `date_range (…)`, which is CQL and not SQL, and leaves in its place a call that every SQL parser reads. The
 * standing text keeps its length, so that a place the parser reports is a place in the query as it was sent.
 */
export function readDateRange(tokens: readonly Token[], now: Date): { sql: string; range: DateRange } {
  const query = joined(tokens)
  const calls = tokens.filter(isDateRange)
  const [call, second] = calls
  if (call === undefined) throw unsupportedQuery('date_range (…) is missing')
  if (second !== undefined) throw unsupportedQuery('date_range stands twice', placeOf(query, second.at))

  const { before, inside, after } = argumentsOf(tokens, call, query)
  const range = rangeOf(inside.filter(isNotSpace), now)
  if (range === null)
    throw unsupportedQuery('date_range is not one of the two forms', placeOf(query, call.at))
  return { sql: spaced(before) + placeholder(joined(inside)) + spaced(after), range }
}

const DAY_MS = 86_400_000
/** A hundred years: more than any store holds, and far from the ends of what a date can be. */
const MOST_DAYS = 36_500

const isNotSpace = (token: Token): boolean => token.kind !== 'space'
const isDateRange = ({ kind, text }: Token): boolean => kind === 'word' && text.toLowerCase() === 'date_range'
const joined = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('')

/** A copy from a web page brings no-break spaces; between tokens they are spaces. */
const spaced = (tokens: readonly Token[]): string =>
  tokens.map(({ kind, text }) => (kind === 'space' ? blank(text) : text)).join('')

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ')
const placeholder = (inside: string): string => `0${blank(inside.slice(1))}`

function argumentsOf(tokens: readonly Token[], call: Token, query: string) {
  const open = tokens.findIndex((token) => token.at > call.at && isNotSpace(token))
  const close = tokens.findIndex((token) => token.at > call.at && token.text === ')')
  if (tokens[open]?.text !== '(' || close <= open + 1) {
    throw unsupportedQuery('date_range has no range in brackets', placeOf(query, call.at))
  }
  return {
    before: tokens.slice(0, open + 1),
    inside: tokens.slice(open + 1, close),
    after: tokens.slice(close),
  }
}

function rangeOf(inside: readonly Token[], now: Date): DateRange | null {
  const [first, second, third, ...rest] = inside.map(({ text }) => text.toLowerCase())
  if (first === undefined || second === undefined || third === undefined || rest.length > 0) return null
  if (first === 'last') return lastDays(second, third, now)
  return second === ',' ? betweenDays(dayOf(first), dayOf(third)) : null
}

/**
 * Rolling: N times 24 hours back from now. Open ahead, because an event whose client's clock runs fast carries a time
 * to come, and a report of who said no must not leave anyone out for that.
 */
function lastDays(count: string, unit: string, now: Date): DateRange | null {
  const days = /^\d{1,5}$/.test(count) ? Number(count) : 0
  if (days < 1 || days > MOST_DAYS || !['day', 'days'].includes(unit)) return null
  return { from: new Date(now.getTime() - days * DAY_MS), until: null }
}

/** Calendar days in UTC, both included. */
function betweenDays(first: Date | null, last: Date | null): DateRange | null {
  if (first === null || last === null || first > last) return null
  return { from: first, until: new Date(last.getTime() + DAY_MS) }
}

function dayOf(text: string): Date | null {
  const day = text.replaceAll(/["']/g, '')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null
  const date = new Date(`${day}T00:00:00Z`)
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(day) ? null : date
}
