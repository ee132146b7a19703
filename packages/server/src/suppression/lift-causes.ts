import { publicId } from '@heed/core'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { suppressionsIn } from './suppressions.store.ts'

export type Lifting = {
  readonly causes: readonly string[]
  readonly actor: string
  readonly requestId: string | null
}

/** Closes causes, with everything that spread from them, and tells the journal and the audit log. */
export async function liftCauses(tx: LaneTransaction, { causes, actor, requestId }: Lifting): Promise<void> {
  if (causes.length === 0) return
  const closed = await suppressionsIn(tx.client, tx.workspaceId).close(causes, actor)
  if (closed === null) return
  tx.keepLift({
    kind: 'unsuppressed',
    workspaceId: tx.workspaceId,
    seq: Number(closed.untilSeq),
    at: closed.untilAt.toISOString(),
    causes: [...causes],
    digests: null,
    liftedBy: actor,
  })
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'suppression-lifted',
      occurredAt: closed.untilAt,
      actor,
      subjectId: null,
      body: {
        causeIds: causes.map((cause) => publicId('cau', cause)),
        requestId: requestId === null ? null : publicId('req', requestId),
        untilSeq: Number(closed.untilSeq),
      },
    },
  ])
}
