import { erasedPeopleIn } from '../erasure/erased-people.store.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { liftCauses } from '../suppression/lift-causes.ts'
import { suppressionsIn } from '../suppression/suppressions.store.ts'
import { type ListedTask, tasksOf } from './tasks.store.ts'

type Taking = {
  readonly requestId: string
  readonly tasks: readonly ListedTask[]
  readonly actor: string
  readonly keepsSuppressed?: boolean
}

/**
 * Ends tasks whose erase has not happened, or was reversed: what the request suppressed and restricted for their people is
 * lifted, and only that. When nothing else is left of the request, so is what it suppressed for nobody known.
 */
export async function takeBackTasks(tx: LaneTransaction, taking: Taking): Promise<void> {
  const { requestId, tasks, actor, keepsSuppressed = false } = taking
  const { at } = await erasedPeopleIn(tx.client, tx.workspaceId).moment()
  const store = tasksOf(tx.client, tx.workspaceId)
  for (const task of tasks)
    await store.write({ ...task, state: 'cancelled', outcome: 'cancelled', dueAt: null, settledAt: at })
  const all = await store.ofRequest(requestId)
  const isAll = all.every(({ state }) => state === 'cancelled')
  const fragments = tasks.flatMap((task) => task.fragments)
  if (!keepsSuppressed) {
    const causes = await suppressionsIn(tx.client, tx.workspaceId).openedBy(
      requestId,
      isAll ? null : fragments,
    )
    await liftCauses(tx, { causes, actor, requestId })
  }
  await erasedPeopleIn(tx.client, tx.workspaceId).endRestrictions(requestId, fragments, at)
}
