import type { ListedEvent } from '@heed/protocol'
import { eventsIn } from '../asking/events.store.ts'
import { NEWEST, type Position } from '../asking/list-cursor.ts'
import { revealEvents } from '../asking/reveal-events.ts'
import type { ExportParts } from './export-parts.ts'
import type { ReachedPerson } from './find-reach.ts'
import { nameOf, namesOneOf } from './names-in-content.ts'
import { PersonIsGone } from './person-is-gone.ts'

export type EventsRead = {
  readonly events: readonly ListedEvent[]
  /** How many of the page only a public key joined to what was named. */
  readonly leftOut: number
}

/** Small enough that a page, its JSON and its text are few megabytes together. */
const PAGE_ROWS = 500
const PAGE_BYTES = 2 * 1024 * 1024

/** Page by page, newest arrival first; the keys are opened after the rows of each. @throws PersonIsGone */
export async function* readEvents(
  { pool, keys }: Pick<ExportParts, 'pool' | 'keys'>,
  person: ReachedPerson,
): AsyncGenerator<EventsRead> {
  const { workspaceId, fragments } = person
  const names = namesOf(person)
  let after: Position | null = NEWEST
  while (after !== null) {
    const filter = { ...EVERYTHING, subjects: [...fragments.keys()] }
    const page = await eventsIn(pool, PAGE_BYTES).page({ workspaceId, filter, after, size: PAGE_ROWS })
    const revealed: readonly ListedEvent[] = await revealEvents(keys, workspaceId, page.rows)
    if (revealed.length < page.rows.length) throw new PersonIsGone()
    const events = revealed.filter((event, at) => {
      const fragment = page.rows[at]?.subject_id ?? ''
      return fragments.get(fragment) === 'whole' || namesOneOf(names, event)
    })
    yield { events, leftOut: revealed.length - events.length }
    after = page.next
  }
}

export function namesOf({ identifiers }: ReachedPerson): ReadonlySet<string> {
  return new Set(identifiers.map(({ row, value }) => nameOf({ kind: row.kind, value })))
}

const EVERYTHING = { names: null, type: null, sourceId: null, from: null, until: null }
