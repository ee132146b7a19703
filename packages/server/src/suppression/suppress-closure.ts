import { publicId } from '@heed/core'
import type { ItemContext } from '../collection/item-context.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { type NewCause, suppressionsIn, type VersionedDigest } from './suppressions.store.ts'

/** An opt-out event was stored: its person, under every identifier, is collected no more. It stays the last event. */
export async function suppressClosure(
  tx: LaneTransaction,
  { context, subjectId }: { context: ItemContext; subjectId: string },
): Promise<void> {
  const { source, prepared } = context
  const fragments = await subjectsIn(tx.client, tx.workspaceId).rootsOf([subjectId])
  const digests = await subjectsIn(tx.client, tx.workspaceId).closure(fragments)
  await openCause(tx, digests, {
    cause: prepared.eventId,
    kind: 'opt-out-event',
    scope: tx.workspaceId,
    subjectId,
    sourceId: source.sourceId,
    requestId: null,
    actor: `source:${publicId('src', source.sourceId)}`,
  })
}

/** Opens a cause for these digests, tells the journal and the audit log. */
export async function openCause(
  tx: LaneTransaction,
  digests: readonly VersionedDigest[],
  cause: NewCause,
): Promise<void> {
  const rows = await suppressionsIn(tx.client, tx.workspaceId).open(cause, digests)
  const [first] = rows
  if (first === undefined) return
  tx.keepNo(rows)
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'suppression-opened',
      occurredAt: first.fromAt,
      actor: cause.actor,
      subjectId: cause.subjectId,
      body: {
        causeId: publicId('cau', cause.cause),
        causeKind: cause.kind,
        scope: cause.scope === tx.workspaceId ? 'workspace' : publicId('src', cause.scope),
        requestId: cause.requestId === null ? null : publicId('req', cause.requestId),
        sourceId: cause.sourceId === null ? null : publicId('src', cause.sourceId),
        digestCount: rows.length,
        fromSeq: Number(first.fromSeq),
      },
    },
  ])
}
