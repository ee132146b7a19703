import type { ListedEvent } from '@heed/protocol'
import { type EventPageQuestion, type EventRows, eventsIn } from '../asking/events.store.ts'
import { NEWEST, type Position } from '../asking/list-cursor.ts'
import { clearOf, contentTextOf, type ReadableEvent, readableEvents } from '../asking/reveal-events.ts'
import { inTransaction } from '../store/transaction.ts'
import type { ExportParts } from './export-parts.ts'
import type { ReachedPerson } from './find-reach.ts'
import { nameOf, namesOneOf } from './names-in-content.ts'
import { PersonIsGone } from './person-is-gone.ts'

/** An event, with what was sent as the JSON text it is stored as: parsing it only to write it again cost half of the memory. */
export type OpenedEvent = { readonly clear: Omit<ListedEvent, 'content'>; readonly content: string | null }

export type EventsRead = {
  readonly events: readonly OpenedEvent[]
  /** How many of the page only a public key joined to what was named. */
  readonly leftOut: number
}

/** Small enough that a page, its rows and its text are few megabytes together. */
const PAGE_ROWS = 100
const PAGE_BYTES = 512 * 1024

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
    const page: EventRows = await pageAlongIndex(pool, { workspaceId, filter, after, size: PAGE_ROWS })
    const readable: readonly ReadableEvent[] = await readableEvents(keys, workspaceId, page.rows)
    if (readable.length < page.rows.length) throw new PersonIsGone()
    const events = readable.flatMap((event) => {
      const { row, key } = event
      const content = contentTextOf(workspaceId, row, key)
      const isWhole = fragments.get(row.subject_id ?? '') === 'whole'
      const isTheirs = isWhole || namesOneOf(names, { type: row.type, content: parsed(content) })
      return isTheirs ? [{ clear: clearOf(event), content }] : []
    })
    yield { events, leftOut: readable.length - events.length }
    after = page.next
  }
}

/**
 * The planner takes everybody for as quiet as most people are and sorts all events of somebody with 100,000 for every page:
 * 244 ms of them, where following the index takes 1.
 */
function pageAlongIndex(pool: ExportParts['pool'], question: EventPageQuestion): Promise<EventRows> {
  return inTransaction(pool, async (client) => {
    await client.query('set local enable_sort = off')
    return eventsIn(client, PAGE_BYTES).page(question)
  })
}

function parsed(content: string | null): unknown {
  return content === null ? null : JSON.parse(content)
}

export function namesOf({ identifiers }: ReachedPerson): ReadonlySet<string> {
  return new Set(identifiers.map(({ row, value }) => nameOf({ kind: row.kind, value })))
}

const EVERYTHING = { names: null, type: null, sourceId: null, from: null, until: null }
