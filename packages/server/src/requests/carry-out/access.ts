import { Problem } from '@heed/protocol'
import { accessTasksIn } from '../../access-export/access-tasks.store.ts'
import type { LaneTransaction } from '../../gate/exclusive-lane.ts'
import { namePeople } from '../name-people.ts'
import type { Opening } from '../opening.ts'

/**
 * Begins a request for access: a task that makes the export, or one that says at once that nobody was found. One export is one
 * person's; who is several people here asks for each.
 */
export async function access(
  tx: LaneTransaction,
  { requestId, named, openedAt }: Opening,
): Promise<'running' | 'settled'> {
  const { people } = await namePeople(tx.client, tx.workspaceId, named)
  const [person, other] = people
  if (other !== undefined)
    throw new Problem('conflict', `What was named leads to ${people.length} people; ask for each of them.`)
  await accessTasksIn(tx.client).open({
    workspaceId: tx.workspaceId,
    taskId: tx.newId(),
    requestId,
    subjectId: person?.root ?? null,
    at: openedAt,
  })
  return person === undefined ? 'settled' : 'running'
}
