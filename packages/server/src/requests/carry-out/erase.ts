import { publicId } from '@heed/core'
import { eraseOrHold, waitingTask } from '../../erasure/hold-erase.ts'
import { refuseDrift } from '../../erasure/refuse-drift.ts'
import type { LaneTransaction } from '../../gate/exclusive-lane.ts'
import { subjectsIn } from '../../identity/subjects.store.ts'
import { openCause } from '../../suppression/suppress-closure.ts'
import type { VersionedDigest } from '../../suppression/suppressions.store.ts'
import { statusOf } from '../follow-tasks.ts'
import type { Opening } from '../opening.ts'
import { type Reached, reachPeople } from '../reach-people.ts'
import type { RequestStatus } from '../requests.store.ts'
import { tasksOf } from '../tasks.store.ts'

/** Makes the person unreadable at once, or says what it waits for; whoever was named is not collected meanwhile. */
export async function erase(tx: LaneTransaction, opening: Opening): Promise<RequestStatus> {
  const reached = await reachPeople(tx.client, tx.workspaceId, opening.named)
  await refuseDrift(tx, opening, reached)
  const [person] = reached.people
  if (person === undefined) return findNobody(tx, opening, reached.unowned)
  if (reached.doubt !== null) return awaitApproval(tx, opening, reached)
  const { requestId, parts, dueAt, call } = opening
  const task = await eraseOrHold(tx, parts, {
    requestId,
    taskId: tx.newId(),
    root: person.root,
    unowned: reached.unowned,
    actor: call.actor,
    suppress: call.request.suppress ?? true,
    dueAt,
  })
  return statusOf([task])
}

/** There is nothing to erase; who is named stays away all the same. */
async function findNobody(
  tx: LaneTransaction,
  opening: Opening,
  unowned: readonly VersionedDigest[],
): Promise<RequestStatus> {
  const { requestId, openedAt } = opening
  await suppressUnowned(tx, opening, unowned)
  await tasksOf(tx.client, tx.workspaceId).write({
    requestId,
    taskId: tx.newId(),
    subjectId: null,
    state: 'done',
    outcome: 'not-found',
    fragments: [],
    keyIds: [],
    recoverableUntil: null,
    dueAt: null,
    createdAt: openedAt,
    settledAt: openedAt,
  })
  return 'settled'
}

/** Nobody guesses: each person gets a task that waits, and what was named of each is suppressed at once. */
async function awaitApproval(
  tx: LaneTransaction,
  opening: Opening,
  { people, unowned, doubt }: Reached,
): Promise<RequestStatus> {
  const { requestId, openedAt, call } = opening
  await suppressUnowned(tx, opening, unowned)
  for (const { root, named } of people) {
    if (named.length > 0)
      await openCause(tx, named, { ...causeOf(tx, opening), cause: tx.newId(), subjectId: root })
    const fragments = await subjectsIn(tx.client, tx.workspaceId).fragments([root])
    const task = waitingTask(
      { requestId, taskId: tx.newId(), root },
      { fragments, dueAt: null, at: openedAt },
    )
    await tasksOf(tx.client, tx.workspaceId).write(task)
  }
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'approval-needed',
      occurredAt: openedAt,
      actor: call.actor,
      subjectId: null,
      body: {
        requestId: publicId('req', requestId),
        people: people.length,
        because: doubt ?? 'several-people',
      },
    },
  ])
  return 'awaiting-approval'
}

async function suppressUnowned(
  tx: LaneTransaction,
  opening: Opening,
  unowned: readonly VersionedDigest[],
): Promise<void> {
  if (unowned.length === 0) return
  const isForGood = opening.call.request.suppress ?? true
  const cause = { ...causeOf(tx, opening), cause: tx.newId(), subjectId: null }
  await openCause(tx, unowned, isForGood ? cause : { ...cause, clientBefore: opening.openedAt })
}

function causeOf(tx: LaneTransaction, { requestId, call }: Opening) {
  return {
    kind: 'erase-request',
    scope: tx.workspaceId,
    sourceId: null,
    requestId,
    actor: call.actor,
  } as const
}
