import type { Fact } from '../audit/fact.ts'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Asker, Asking } from './asking.ts'

/**
 * One fact in the audit log for every look at personal data: who, through which route, at how many rows, and at whom if it
 * was one person. Committed before the answer leaves, so that no look goes unrecorded in a crash.
 */
export async function recordAccess(
  { pool, now, newId }: Pick<Asking, 'pool' | 'now' | 'newId'>,
  asker: Asker,
  seen: { readonly rows: number; readonly subjectId: string | null },
): Promise<void> {
  const fact: Fact = {
    workspaceId: asker.workspaceId,
    outboxId: newId(),
    kind: 'access-to-personal-data',
    occurredAt: now(),
    actor: asker.actor,
    subjectId: seen.subjectId,
    body: { door: asker.door, rows: seen.rows },
  }
  await inTransaction(pool, (client) => appendToOutbox(client, [fact]))
}
