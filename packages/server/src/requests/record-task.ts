import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { RowCounts } from '../work/tasks.store.ts'
import type { Opening } from './opening.ts'

type RecordedTask = {
  readonly type: 'correct' | 'restrict'
  /** Null where nobody was found. */
  readonly root: string | null
  readonly outcome: 'confirmed' | 'not-found'
  readonly done: RowCounts
}

/** The task of a request that is carried out in the transaction that opens it; its receipt is issued from this row. */
export async function recordTask(tx: LaneTransaction, opening: Opening, task: RecordedTask): Promise<void> {
  const { root } = task
  const fragments = root === null ? [] : await subjectsIn(tx.client, tx.workspaceId).fragments([root])
  await tx.client.query(
    `insert into task (workspace_id, task_id, request_id, destination, subject_id, type, state, outcome, fragments, planned, done,
                       created_at, settled_at)
     values ($1, $2, $3, 'heed', $4, $5, 'done', $6, $7, $8, $8, $9, $9)`,
    [
      tx.workspaceId,
      tx.newId(),
      opening.requestId,
      root,
      task.type,
      task.outcome,
      fragments,
      JSON.stringify(task.done),
      opening.openedAt,
    ],
  )
}
