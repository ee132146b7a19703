import type { LaneTransaction } from '../../gate/exclusive-lane.ts'
import { subjectsIn } from '../../identity/subjects.store.ts'
import { restrictionsIn } from '../../restrictions/restrictions.store.ts'
import { openCause } from '../../suppression/suppress-closure.ts'
import { namePeople } from '../name-people.ts'
import type { Opening } from '../opening.ts'
import { recordTask } from '../record-task.ts'
import { reachedBy } from './suppress.ts'

/**
 * Keeps what is stored of these people and uses it no more: nothing is collected, and few may read. It goes on until the
 * request is cancelled, so it is running until then; what it does is done at once.
 */
export async function restrict(tx: LaneTransaction, opening: Opening): Promise<'running'> {
  const { call, requestId, named } = opening
  const found = await namePeople(tx.client, tx.workspaceId, named)
  for (const { root, closure } of reachedBy(found)) {
    await openCause(tx, closure, {
      cause: tx.newId(),
      kind: 'restrict-request',
      scope: tx.workspaceId,
      subjectId: root,
      sourceId: null,
      requestId,
      actor: call.actor,
    })
    if (root !== null) await restrictPerson(tx, opening, root)
  }
  if (found.people.length === 0)
    await recordTask(tx, opening, { type: 'restrict', root: null, outcome: 'not-found', done: {} })
  return 'running'
}

async function restrictPerson(tx: LaneTransaction, opening: Opening, root: string): Promise<void> {
  const fragments = await subjectsIn(tx.client, tx.workspaceId).fragments([root])
  const { requestId, openedAt } = opening
  await restrictionsIn(tx.client, tx.workspaceId).open({ fragments, requestId, since: openedAt })
  const done = { subject: fragments.length }
  await recordTask(tx, opening, { type: 'restrict', root, outcome: 'confirmed', done })
}
