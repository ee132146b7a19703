import { countPerson } from '../reports/count-person.ts'
import type { Claims } from '../work/claim-tasks.ts'
import { type Task, type TaskState, tasksIn } from '../work/tasks.store.ts'
import { erasedRowsIn } from './erased-rows.store.ts'

export type CountingParts = { readonly claims: Claims }

/**
 * Before rows lose their person: what reports say of them is added to the frozen counts, once, and what is to be scrubbed is
 * counted, to be compared with what will have been.
 */
export async function countShare(parts: CountingParts, due: Task): Promise<TaskState | null> {
  return parts.claims.step(due, async (client, task) => {
    if (task.state !== 'counting') return task.state
    const { workspaceId, subjectId: root, fragments } = task
    if (root !== null) await countPerson(client, workspaceId, { root, fragments })
    await tasksIn(client).plan(task, await erasedRowsIn(client, task).count())
    await tasksIn(client).enter(task, 'scrubbing')
    return 'scrubbing'
  })
}
