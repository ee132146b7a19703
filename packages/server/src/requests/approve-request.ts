import { parsePublicId, publicId } from '@heed/core'
import { type Approval, Problem } from '@heed/protocol'
import { eraseWaiting } from '../erasure/erase-waiting.ts'
import { erasedPeopleIn } from '../erasure/erased-people.store.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { changeRequest, type RequestChange } from './change-request.ts'
import { followTasks } from './follow-tasks.ts'
import type { RequestParts } from './opening.ts'
import type { RequestRow } from './requests.store.ts'
import { takeBackTasks } from './take-back-tasks.ts'
import { type ListedTask, tasksOf } from './tasks.store.ts'

/** Somebody has looked: the people of the request, or those of them that are named here, are erased; the others let go. */
export async function approveRequest(
  parts: RequestParts,
  change: RequestChange<Approval>,
): Promise<RequestRow> {
  return changeRequest(parts, change, {
    name: 'approve',
    work: (tx, request) => approve(tx, parts, { request, change }),
  })
}

type Approving = { readonly request: RequestRow; readonly change: RequestChange<Approval> }

async function approve(
  tx: LaneTransaction,
  parts: RequestParts,
  { request, change }: Approving,
): Promise<void> {
  if (request.type !== 'erase' || request.status === 'cancelled')
    throw new Problem('conflict', `This request is ${request.status}; there is nothing to approve.`)
  if (request.status !== 'awaiting-approval') return
  const { actor, requestId } = change
  const all = await tasksOf(tx.client, tx.workspaceId).lock(requestId)
  const waiting = all.filter(({ state, dueAt }) => state === 'held' && dueAt === null)
  const approved = chosen(waiting, change.body.subjects)
  for (const task of approved) await eraseWaiting(tx, parts, { task, request, actor })
  const others = waiting.filter((task) => !approved.includes(task))
  if (others.length > 0) await takeBackTasks(tx, { requestId, tasks: others, actor })
  await tellApproved(tx, { requestId, actor, people: approved.length })
  await followTasks(tx, { request, actor })
}

function chosen(
  waiting: readonly ListedTask[],
  subjects: readonly string[] | undefined,
): readonly ListedTask[] {
  if (subjects === undefined) return waiting
  const ids = subjects.map((subject) => parsePublicId('sub', subject))
  const unknown = ids.some((id) => id === null || !waiting.some(({ subjectId }) => subjectId === id))
  if (unknown) throw new Problem('invalid-body', 'subjects names somebody whom this request does not reach.')
  return waiting.filter(({ subjectId }) => ids.includes(subjectId))
}

async function tellApproved(
  tx: LaneTransaction,
  { requestId, actor, people }: { requestId: string; actor: string; people: number },
): Promise<void> {
  const { at } = await erasedPeopleIn(tx.client, tx.workspaceId).moment()
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'request-approved',
      occurredAt: at,
      actor,
      subjectId: null,
      body: { requestId: publicId('req', requestId), people },
    },
  ])
}
