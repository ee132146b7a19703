import { publicId } from '@heed/core'
import type { TimelineEntry, TimelinePage, TimelineQuery } from '@heed/protocol'
import { isHidden } from '../restrictions/hide-restricted.ts'
import type { Asker, Asking } from './asking.ts'
import { type CauseRow, causesIn } from './causes.store.ts'
import { describeCause } from './describe-cause.ts'
import { type EventRow, eventsIn } from './events.store.ts'
import { findPerson, type Person } from './find-person.ts'
import { cursorAt, isNewer, type Position, positionOf } from './list-cursor.ts'
import { recordAccess } from './record-access.ts'
import { showEvents } from './show-events.ts'
import { subjectViewsIn } from './subject-views.store.ts'

/** What was collected of a person and what the person said to it, newest first. */
export async function readTimeline(
  asking: Asking,
  asker: Asker,
  question: { readonly subject: string; readonly query: TimelineQuery },
): Promise<TimelinePage> {
  const person = await findPerson(asking, asker.workspaceId, question.subject)
  const { moments, next } = await momentsOf(asking, asker.workspaceId, { person, query: question.query })
  const data = await reveal(asking, asker, moments)
  const isRestricted = await isHidden(asking.pool, asker, person.root)
  const shown = isRestricted ? [] : data
  await recordAccess(asking, asker, { rows: shown.length, subjectId: person.root })
  return {
    data: shown,
    nextCursor: isRestricted ? null : cursorAt(next),
    restrictedSubjects: isRestricted ? [publicId('sub', person.root)] : [],
  }
}

type Moment =
  | { readonly kind: 'event'; readonly position: Position; readonly row: EventRow }
  | { readonly kind: 'suppressed' | 'unsuppressed'; readonly position: Position; readonly row: CauseRow }

async function momentsOf(
  { pool }: Asking,
  workspaceId: string,
  { person, query }: { readonly person: Person; readonly query: TimelineQuery },
): Promise<{ moments: readonly Moment[]; next: Position | null }> {
  const after = positionOf(query.cursor)
  const filter = { ...ANY, subjects: person.fragmentIds }
  const events = await eventsIn(pool).page({ workspaceId, filter, after, size: query.limit })
  const identifiers = await subjectViewsIn(pool).identifiers(workspaceId, person.fragmentIds)
  const digests = identifiers.map(({ digest }) => digest)
  const causes = await causesIn(pool).covering(workspaceId, { digests, subjects: person.fragmentIds })
  const directives = causes
    .flatMap(directivesOf)
    .filter(({ position }) => isNewer(after, position))
    // What lies behind the last event of a full page belongs to a later page.
    .filter(({ position }) => events.next === null || isNewer(position, events.next))
  const all = [...events.rows.map(asMoment), ...directives].toSorted(byArrival)
  const moments = all.slice(0, query.limit)
  const isLast = events.next === null && moments.length === all.length
  return { moments, next: isLast ? null : (moments.at(-1)?.position ?? null) }
}

const ANY = { names: null, type: null, sourceId: null, from: null, until: null }

const asMoment = (row: EventRow): Moment => ({ kind: 'event', position: { seq: row.seq, id: row.id }, row })
const byArrival = (a: Moment, b: Moment): number => (isNewer(a.position, b.position) ? -1 : 1)

function directivesOf(row: CauseRow): Moment[] {
  const began: Moment = { kind: 'suppressed', position: { seq: row.from_seq, id: row.cause }, row }
  if (row.until_seq === null) return [began]
  return [began, { kind: 'unsuppressed', position: { seq: row.until_seq, id: row.cause }, row }]
}

/** Opens the events of the page; one whose key is gone is left out, its neighbours stay. */
async function reveal(asking: Asking, asker: Asker, moments: readonly Moment[]): Promise<TimelineEntry[]> {
  const { workspaceId } = asker
  const rows = moments.flatMap((moment) => (moment.kind === 'event' ? [moment.row] : []))
  const revealed = await showEvents(asking, asker, rows)
  const events = new Map(revealed.events.map((event) => [event.id, event]))
  return moments.flatMap((moment): TimelineEntry[] => {
    if (moment.kind !== 'event') return [directiveEntry(workspaceId, moment.kind, moment.row)]
    const event = events.get(`evt_${moment.row.id}`)
    return event === undefined ? [] : [{ kind: 'event', at: event.receivedAt, event }]
  })
}

function directiveEntry(
  workspaceId: string,
  kind: 'suppressed' | 'unsuppressed',
  row: CauseRow,
): TimelineEntry {
  const cause = describeCause(workspaceId, row)
  return { kind, at: kind === 'suppressed' ? cause.from : (cause.until ?? cause.from), cause }
}
