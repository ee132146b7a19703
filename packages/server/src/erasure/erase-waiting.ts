import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { RequestRow } from '../requests/requests.store.ts'
import { type ListedTask, tasksOf } from '../requests/tasks.store.ts'
import { liftCauses } from '../suppression/lift-causes.ts'
import { suppressionsIn } from '../suppression/suppressions.store.ts'
import type { ErasureParts } from './erase-person.ts'
import { erasedPeopleIn } from './erased-people.store.ts'
import { eraseOrHold } from './hold-erase.ts'

export type WaitingErase = {
  readonly task: ListedTask
  readonly request: RequestRow
  readonly actor: string
}

/**
 * Does now what a task of an erase has waited for, to the person as they are now. Where the request does not suppress for
 * good, what had been suppressed while it waited is lifted: only what lies before this moment stays blocked.
 */
export async function eraseWaiting(
  tx: LaneTransaction,
  parts: ErasureParts,
  waiting: WaitingErase,
): Promise<void> {
  const { task, request, actor } = waiting
  const person =
    task.subjectId === null ? null : await erasedPeopleIn(tx.client, tx.workspaceId).root(task.subjectId)
  if (person === null || person.isErased) return findNobody(tx, task)
  const fragments = await subjectsIn(tx.client, tx.workspaceId).fragments([person.root])
  const meanwhile = await suppressionsIn(tx.client, tx.workspaceId).openedBy(request.requestId, fragments)
  const { requestId, suppress, dueAt } = request
  const { root } = person
  const { taskId } = task
  const begun = await eraseOrHold(tx, parts, { requestId, taskId, root, unowned: [], actor, suppress, dueAt })
  if (begun.state !== 'held' && !suppress) await liftCauses(tx, { causes: meanwhile, actor, requestId })
}

/** Another request has erased them meanwhile. */
async function findNobody(tx: LaneTransaction, task: ListedTask): Promise<void> {
  const { at } = await erasedPeopleIn(tx.client, tx.workspaceId).moment()
  await tasksOf(tx.client, tx.workspaceId).write({
    ...task,
    state: 'done',
    outcome: 'not-found',
    dueAt: null,
    settledAt: at,
  })
  await erasedPeopleIn(tx.client, tx.workspaceId).endRestrictions(task.requestId, task.fragments, at)
}
