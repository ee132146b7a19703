import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { holdsIn } from './holds.store.ts'
import { personToHold } from './person-to-hold.store.ts'
import type { HoldParts } from './place-hold.ts'

export type ReleaseCall = {
  readonly workspaceId: string
  readonly actor: string
  readonly subjectId: string
  readonly holdId: string
}

/**
 * Ends a hold before its day, once: releasing it again changes nothing. Whoever waits for the person's last hold goes on in
 * the same transaction.
 */
export async function releaseHold({ lane }: Pick<HoldParts, 'lane'>, call: ReleaseCall): Promise<void> {
  await lane.run(call.workspaceId, async (tx) => {
    const person = await personToHold(tx.client, tx.workspaceId, call.subjectId)
    const holds = holdsIn(tx.client, tx.workspaceId)
    const hold = person === null ? null : await holds.find(call.holdId, person.fragments)
    if (person === null || hold === null)
      throw new Problem('not-found', 'This person has no hold with this id.')
    const at = tx.now()
    if (!(await holds.release(call.holdId, { actor: call.actor, at }))) return
    tellReleased(tx, call, { at, root: person.root })
  })
}

function tellReleased(
  tx: LaneTransaction,
  { actor, holdId }: ReleaseCall,
  { at, root }: { readonly at: Date; readonly root: string },
): void {
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'hold-released',
      occurredAt: at,
      actor,
      subjectId: root,
      body: { holdId: publicId('hld', holdId) },
    },
  ])
}
