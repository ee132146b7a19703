import { parsePublicId } from '@heed/core'
import { type EventPage, type EventsQuery, Problem } from '@heed/protocol'
import type { Asker, Asking } from './asking.ts'
import { type EventFilter, eventsIn } from './events.store.ts'
import { findPerson, type Person } from './find-person.ts'
import { cursorAt, positionOf } from './list-cursor.ts'
import { recordAccess } from './record-access.ts'
import { showEvents } from './show-events.ts'

/** The stored events that match, newest arrival first. */
export async function listEvents(asking: Asking, asker: Asker, query: EventsQuery): Promise<EventPage> {
  const { workspaceId } = asker
  const person = query.subject === undefined ? null : await findPerson(asking, workspaceId, query.subject)
  const { rows, next } = await eventsIn(asking.pool).page({
    workspaceId,
    filter: filterOf(query, person),
    after: positionOf(query.cursor),
    size: query.limit,
  })
  const { events, restrictedSubjects } = await showEvents(asking, asker, rows)
  await recordAccess(asking, asker, { rows: events.length, subjectId: person?.root ?? null })
  return { data: [...events], nextCursor: cursorAt(next), restrictedSubjects: [...restrictedSubjects] }
}

function filterOf(query: EventsQuery, person: Person | null): EventFilter {
  return {
    subjects: person?.fragmentIds ?? null,
    names: query.name === undefined ? null : [query.name],
    type: query.type ?? null,
    sourceId: query.source === undefined ? null : sourceIn(query.source),
    from: query.from === undefined ? null : new Date(query.from),
    until: query.to === undefined ? null : new Date(query.to),
  }
}

function sourceIn(source: string): string {
  const uuid = parsePublicId('src', source)
  if (uuid === null) throw new Problem('invalid-body', 'source takes an id that begins with src_.')
  return uuid
}
