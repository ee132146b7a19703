import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { followTasks } from '../requests/follow-tasks.ts'
import { reachesIn } from '../requests/reaches.store.ts'
import { requestsIn } from '../requests/requests.store.ts'
import { type ListedTask, tasksOf } from '../requests/tasks.store.ts'
import type { ErasureParts } from './erase-person.ts'
import { eraseWaiting } from './erase-waiting.ts'
import { erasedPeopleIn } from './erased-people.store.ts'
import { heldUntil } from './hold-erase.ts'

/** Work that nobody asked for by a call of their own. */
const ACTOR = 'system'

/**
 * A hold has ended, or was released: the erase that waited for it goes on, unless another one stands. Safe to repeat, and
 * from several nodes at once: whoever comes second finds the task no longer waiting.
 */
export async function resumeHeldErase(
  tx: LaneTransaction,
  parts: ErasureParts,
  taskId: string,
): Promise<void> {
  const task = await tasksOf(tx.client, tx.workspaceId).find(taskId)
  if (task === null || task.state !== 'held' || task.dueAt === null) return
  const request = await requestsIn(tx.client, tx.workspaceId).find(task.requestId)
  if (request === null) return
  const wait = await whatElseToWaitFor(tx, task)
  if (wait === null) await eraseWaiting(tx, parts, { task, request, actor: ACTOR })
  else await tasksOf(tx.client, tx.workspaceId).write({ ...task, dueAt: wait.until })
  await followTasks(tx, { request, actor: ACTOR })
}

/** `until` null: a link has made more of the person than they were when the erase was asked for, so somebody has to look. */
async function whatElseToWaitFor(
  tx: LaneTransaction,
  { subjectId, fragments }: ListedTask,
): Promise<{ readonly until: Date | null } | null> {
  const person = subjectId === null ? null : await erasedPeopleIn(tx.client, tx.workspaceId).root(subjectId)
  if (person === null || person.isErased) return null
  const until = await heldUntil(tx, person.root)
  if (until !== null) return { until }
  const parts = await subjectsIn(tx.client, tx.workspaceId).fragments([person.root])
  const joined = parts.filter((part) => !fragments.includes(part))
  const widened = joined.length > 0 ? await reachesIn(tx.client, tx.workspaceId).userIdsIn(joined) : 0
  return widened > 0 ? { until: null } : null
}
