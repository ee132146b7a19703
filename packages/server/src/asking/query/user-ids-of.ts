import { z } from 'zod'
import type { Asking } from '../asking.ts'
import { contentOf, type ReadableEvent } from '../reveal-events.ts'
import { identifierValue } from '../reveal-person.ts'
import { subjectViewsIn } from '../subject-views.store.ts'

const content = z.object({
  userId: z
    .union([z.string().min(1), z.number().transform(String)])
    .nullable()
    .catch(null),
})

/**
 * The customer's own id of each event's person: the one the event was sent with, letter for letter; for an event sent
 * without one, the first that is known of the person; null for somebody who never had one.
 */
export async function userIdsOf(
  asking: Asking,
  workspaceId: string,
  events: readonly ReadableEvent[],
): Promise<readonly (string | null)[]> {
  const sent = events.map(({ row, key }) => sentUserId(contentOf(workspaceId, row, key)))
  const roots = events.flatMap(({ rootId }, at) => (sent[at] === null ? [rootId] : []))
  const known = await knownUserIds(asking, workspaceId, [...new Set(roots)])
  return events.map(({ rootId }, at) => sent[at] ?? known.get(rootId) ?? null)
}

function sentUserId(sent: unknown): string | null {
  const found = content.safeParse(sent)
  return found.success ? found.data.userId : null
}

async function knownUserIds(
  { pool, keys }: Asking,
  workspaceId: string,
  roots: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  if (roots.length === 0) return new Map()
  const rows = await subjectViewsIn(pool).userIds(workspaceId, roots)
  const keyIds = rows.flatMap(({ key_id }) => (key_id === null ? [] : [key_id]))
  const opened = await keys.open(workspaceId, [...new Set(keyIds)])
  return new Map(rows.map((row) => [row.root_id, identifierValue(workspaceId, row, opened)]))
}
