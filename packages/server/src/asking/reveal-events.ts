import { publicId } from '@heed/core'
import type { ListedEvent } from '@heed/protocol'
import type { KeyStore, SubjectKey } from '../keys/key-store.ts'
import { unseal } from '../keys/seal.ts'
import type { EventRow } from './events.store.ts'

export function listed(workspaceId: string, event: ReadableEvent): ListedEvent {
  return { ...clearOf(event), content: contentOf(workspaceId, event.row, event.key) }
}

/** What of an event is not sealed. */
export function clearOf({ row, rootId }: ReadableEvent): Omit<ListedEvent, 'content'> {
  return {
    id: publicId('evt', row.id),
    subjectId: publicId('sub', rootId),
    type: row.type,
    name: row.name,
    sourceId: publicId('src', row.source_id),
    eventAt: row.event_at.toISOString(),
    receivedAt: row.received_at.toISOString(),
    campaign: row.campaign,
    revenue: row.revenue,
    currency: row.currency,
  }
}

/** An event that may still be shown, with the key that opens it. */
export type ReadableEvent = { readonly row: EventRow; readonly rootId: string; readonly key: SubjectKey }

/**
 * Of these rows, those whose person is there and whose key is in the primary now: keys are fetched here, after the rows, so
 * an event whose person was erased a moment ago does not open. What does not open is left out whole: the clear columns of an
 * erased person (name, time, revenue) say something about somebody only as long as there is somebody.
 * Restricted people's are among them: `showEvents` is for doors that anybody may ask.
 */
export async function readableEvents(
  keys: Pick<KeyStore, 'open'>,
  workspaceId: string,
  rows: readonly EventRow[],
): Promise<readonly ReadableEvent[]> {
  const keyIds = new Set(
    rows.flatMap(({ key_id, is_deleted }) => (key_id === null || is_deleted ? [] : [key_id])),
  )
  const opened = await keys.open(workspaceId, [...keyIds])
  return rows.flatMap((row) => {
    const key = row.key_id === null || row.is_deleted ? undefined : opened.get(row.key_id)
    return key === undefined || row.root_id === null ? [] : [{ row, rootId: row.root_id, key }]
  })
}

/** What the client sent with the event, or null when nothing is sealed with it. */
export function contentOf(workspaceId: string, row: EventRow, key: SubjectKey): unknown {
  const text = contentTextOf(workspaceId, row, key)
  return text === null ? null : JSON.parse(text)
}

/** The same as the JSON text it was stored as. */
export function contentTextOf(workspaceId: string, row: EventRow, key: SubjectKey): string | null {
  if (row.sealed === null) return null
  const place = { workspaceId, keyId: key.keyId, table: 'event', rowId: row.id }
  return unseal(key.key, place, row.sealed).toString()
}
