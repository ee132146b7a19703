import { parsePublicId } from '@heed/core'
import { Problem, type ReportQuery } from '@heed/protocol'

/** What a report is asked for. `from` is included and `until` is not. */
export type ReportQuestion = {
  readonly workspaceId: string
  readonly firstMonth: string
  readonly lastMonth: string
  readonly from: Date
  readonly until: Date
  readonly sourceId: string | null
  /** Empty for what came without a campaign, null for all of them. */
  readonly campaign: string | null
}

const MOST_MONTHS = 60
const DEFAULT_MONTHS = 12

/** Throws `Problem('invalid-body')` for months the wrong way round or too many of them, and for what is no source. */
export function reportQuestion(workspaceId: string, query: ReportQuery, now: Date): ReportQuestion {
  const last = query.to === undefined ? monthNumber(now) : monthNumber(new Date(`${query.to}-01T00:00:00Z`))
  const first =
    query.from === undefined
      ? last - (DEFAULT_MONTHS - 1)
      : monthNumber(new Date(`${query.from}-01T00:00:00Z`))
  if (first > last) throw new Problem('invalid-body', '`from` is a later month than `to`.')
  if (last - first >= MOST_MONTHS)
    throw new Problem('invalid-body', `Ask for at most ${MOST_MONTHS} months at once.`)
  return {
    workspaceId,
    firstMonth: nameOf(first),
    lastMonth: nameOf(last),
    from: startOf(first),
    until: startOf(last + 1),
    sourceId: query.source === undefined ? null : sourceIn(query.source),
    campaign: query.campaign ?? null,
  }
}

function monthNumber(time: Date): number {
  return time.getUTCFullYear() * 12 + time.getUTCMonth()
}

function startOf(month: number): Date {
  return new Date(Date.UTC(Math.floor(month / 12), month % 12))
}

function nameOf(month: number): string {
  return startOf(month).toISOString().slice(0, 'YYYY-MM'.length)
}

function sourceIn(source: string): string {
  const uuid = parsePublicId('src', source)
  if (uuid === null) throw new Problem('invalid-body', 'source takes an id that begins with src_.')
  return uuid
}
