import type { Asker, Asking } from '../asking.ts'
import { eventsIn } from '../events.store.ts'
import { NEWEST, type Position } from '../list-cursor.ts'
import { recordAccess } from '../record-access.ts'
import type { ReadableEvent } from '../reveal-events.ts'
import { openFor } from '../show-events.ts'
import { sourcesIn } from '../sources.store.ts'
import type { ParsedQuery } from './parse-query.ts'
import type { Column } from './read-select.ts'
import { userIdsOf } from './user-ids-of.ts'

/** Values in the order of the selected columns. */
export type QueryRow = readonly (string | null)[]

export type QueryPage = {
  readonly rows: readonly QueryRow[]
  /** On the last page: has everything been answered, or did the limit cut it? null on the others. */
  readonly isComplete: boolean | null
  /** Rows of the page that were left out because their person is restricted. */
  readonly restrictedRows: number
}

const PAGE_ROWS = 1000

/** Rows a page at a time, so that memory is bounded however many are asked for; each page is recorded before it leaves. */
export async function* queryRows(
  asking: Asking,
  asker: Asker,
  query: ParsedQuery,
): AsyncGenerator<QueryPage> {
  const filter = {
    subjects: null,
    names: query.names,
    type: null,
    sourceId: null,
    from: query.range.from,
    until: query.range.until,
  }
  const { workspaceId } = asker
  const sources = await sourcesIn(asking.pool).names(workspaceId)
  let left = query.limit
  let after: Position | null = NEWEST
  while (after !== null && left > 0) {
    const size = Math.min(PAGE_ROWS, left)
    const page = await eventsIn(asking.pool).page({ workspaceId, filter, after, size })
    const { events, restrictedRows } = await openFor(asking, asker, page.rows)
    const rows = await rowsOf(asking, { workspaceId, query, sources, events })
    await recordAccess(asking, asker, { rows: rows.length, subjectId: null })
    left -= rows.length
    after = page.next
    yield { rows, isComplete: after === null ? true : left === 0 ? false : null, restrictedRows }
  }
}

type Reading = {
  readonly workspaceId: string
  readonly query: ParsedQuery
  readonly sources: ReadonlyMap<string, string>
  readonly events: readonly ReadableEvent[]
}

async function rowsOf(asking: Asking, { workspaceId, query, sources, events }: Reading): Promise<QueryRow[]> {
  const isPersonal = query.columns.some(({ column }) => column === 'customer_user_id')
  const userIds = isPersonal ? await userIdsOf(asking, workspaceId, events) : []
  return events.map(({ row }, at) => {
    const values: Record<Column, string | null> = {
      customer_user_id: userIds[at] ?? null,
      event_name: row.name,
      event_time_ts: timeText(row.event_at),
      source: sources.get(row.source_id) ?? null,
    }
    return query.columns.map(({ column }) => values[column])
  })
}

/** `yyyy-mm-dd hh:mm:ss` in UTC, as Cooladata shows it. */
function timeText(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')
}
