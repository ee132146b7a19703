import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { ErasureParts } from '../erasure/erase-person.ts'
import { resumeHeldErase } from '../erasure/resume-held-erase.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { holdsIn } from './holds.store.ts'
import { personToHold } from './person-to-hold.store.ts'
import type { HoldParts } from './place-hold.ts'

export type ReleaseParts = Pick<HoldParts, 'lane'> & ErasureParts

export type ReleaseCall = {
  readonly workspaceId: string
  readonly actor: string
  readonly subjectId: string
  readonly holdId: string
}

/**
 * Ends a hold before its day, once: releasing it again changes nothing. An erase that waited for the person's last hold is
 * carried out in the same transaction; where the hold ends on its day, work does it.
 */
export async function releaseHold(parts: ReleaseParts, call: ReleaseCall): Promise<void> {
  await parts.lane.run(call.workspaceId, async (tx) => {
    const person = await personToHold(tx.client, tx.workspaceId, call.subjectId)
    const holds = holdsIn(tx.client, tx.workspaceId)
    const hold = person === null ? null : await holds.find(call.holdId, person.fragments)
    if (person === null || hold === null)
      throw new Problem('not-found', 'This person has no hold with this id.')
    const at = tx.now()
    if (!(await holds.release(call.holdId, { actor: call.actor, at }))) return
    tellReleased(tx, call, { at, root: person.root })
    for (const taskId of await holds.waitingFor(person.fragments)) await resumeHeldErase(tx, parts, taskId)
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
