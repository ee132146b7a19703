import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import { correctProfile } from '../../corrections/correct-profile.ts'
import type { LaneTransaction } from '../../gate/exclusive-lane.ts'
import { namePeople } from '../name-people.ts'
import type { Opening } from '../opening.ts'
import { recordTask } from '../record-task.ts'

/** Puts one person's profile right. Which traits it was is said nowhere outside the profile: only how many. */
export async function correct(tx: LaneTransaction, opening: Opening): Promise<'settled'> {
  const traits = opening.call.request.changes?.traits
  if (traits === undefined)
    throw new Problem('invalid-body', 'A request of type correct takes changes.traits.')
  const { people } = await namePeople(tx.client, tx.workspaceId, opening.named)
  const [person, ...others] = people
  if (others.length > 0)
    throw new Problem(
      'conflict',
      'These identifiers belong to several people; correct one of them at a time.',
    )
  if (person === undefined) {
    await recordTask(tx, opening, { type: 'correct', root: null, outcome: 'not-found', done: {} })
    return 'settled'
  }
  const { root } = person
  const { parts, openedAt } = opening
  const profiles = await correctProfile(tx, parts.keyStore, { root, changes: traits, at: openedAt })
  await recordTask(tx, opening, { type: 'correct', root, outcome: 'confirmed', done: { profile: profiles } })
  tellCorrected(tx, opening, { root, traits: Object.keys(traits).length })
  return 'settled'
}

function tellCorrected(
  tx: LaneTransaction,
  { call, requestId, openedAt }: Opening,
  { root, traits }: { readonly root: string; readonly traits: number },
): void {
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'profile-corrected',
      occurredAt: openedAt,
      actor: call.actor,
      subjectId: root,
      body: { requestId: publicId('req', requestId), traits },
    },
  ])
}
