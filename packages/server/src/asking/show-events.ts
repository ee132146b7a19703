import type { ListedEvent } from '@heed/protocol'
import { hideRestricted, type Looking } from '../restrictions/hide-restricted.ts'
import type { Asking } from './asking.ts'
import type { EventRow } from './events.store.ts'
import { listed, type ReadableEvent, readableEvents } from './reveal-events.ts'

export type Shown<Event> = {
  readonly events: readonly Event[]
  /** How many rows are there and not for this look, and `sub_…` of whose they are. */
  readonly restrictedRows: number
  readonly restrictedSubjects: readonly string[]
}

/** Opens a page of events as far as this look may have them: restricted people's rows are left out whole. */
export async function showEvents(
  asking: Pick<Asking, 'pool' | 'keys'>,
  looking: Looking,
  rows: readonly EventRow[],
): Promise<Shown<ListedEvent>> {
  const { events, ...hidden } = await openFor(asking, looking, rows)
  return { events: events.map((event) => listed(looking.workspaceId, event)), ...hidden }
}

/** The same before their content is opened. */
export async function openFor(
  { pool, keys }: Pick<Asking, 'pool' | 'keys'>,
  looking: Looking,
  rows: readonly EventRow[],
): Promise<Shown<ReadableEvent>> {
  const there = await readableEvents(keys, looking.workspaceId, rows)
  const rootOf = ({ rootId }: ReadableEvent) => rootId
  const { shown, restrictedSubjects } = await hideRestricted(pool, looking, { rows: there, rootOf })
  return { events: shown, restrictedRows: there.length - shown.length, restrictedSubjects }
}
