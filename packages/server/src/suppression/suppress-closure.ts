import { publicId } from '@heed/core'
import type { ItemContext } from '../collection/item-context.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import {
  type NewCause,
  type SuppressionRow,
  suppressionsIn,
  type VersionedDigest,
} from './suppressions.store.ts'

type StoredOptOut = {
  readonly context: ItemContext
  /** Under whom the event was written. */
  readonly subjectId: string
  /** Others whom it names by their address. */
  readonly addressees: readonly string[]
}

/**
 * An opt-out event was stored: its person, under every identifier, is collected no more. It stays the last event.
 * Everybody it reaches gets a cause of their own, so that taking back one "no" never takes back another's.
 */
export async function suppressClosure(tx: LaneTransaction, optOut: StoredOptOut): Promise<void> {
  const { source, prepared } = optOut.context
  const subjects = subjectsIn(tx.client, tx.workspaceId)
  const [own] = await subjects.rootsOf([optOut.subjectId])
  const named = await subjects.rootsOf(optOut.addressees)
  for (const root of new Set([own ?? optOut.subjectId, ...named]))
    await openCause(tx, await subjects.closure([root]), {
      cause: root === own ? prepared.eventId : tx.newId(),
      kind: 'opt-out-event',
      scope: tx.workspaceId,
      subjectId: root === own ? optOut.subjectId : root,
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
  tellOpened(tx, cause, await suppressionsIn(tx.client, tx.workspaceId).open(cause, digests))
}

/** Tells the journal and the audit log of a cause that was opened with these rows. */
export function tellOpened(tx: LaneTransaction, cause: NewCause, rows: readonly SuppressionRow[]): void {
  const [first] = rows
  if (first === undefined) return
  const { clientBefore: _, ...lasting } = cause
  tx.keepNo(rows, [{ ...lasting, fromSeq: first.fromSeq, fromAt: first.fromAt }])
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
