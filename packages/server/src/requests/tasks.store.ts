import type { RequestWithTasks } from '@heed/protocol'
import type pg from 'pg'

type Shown = RequestWithTasks['tasks'][number]

/** The part of an erase at Heed's own store, as a request sees it. */
export type EraseTask = {
  readonly taskId: string
  readonly requestId: string
  /** The root of the person; null where nobody was found. */
  readonly subjectId: string | null
  readonly state: Shown['state']
  readonly outcome: Shown['outcome']
  readonly fragments: readonly string[]
  readonly keyIds: readonly string[]
  readonly recoverableUntil: Date | null
  /** When work looks at it next; null: it waits for somebody's word, or for nothing. */
  readonly dueAt: Date | null
  readonly createdAt: Date
  readonly settledAt: Date | null
}

export type ListedTask = EraseTask & {
  readonly type: string
  readonly destination: string
  /** By the database's clock, which alone decides. */
  readonly isRecoverable: boolean
}

const COLUMNS = `task_id as "taskId", request_id as "requestId", subject_id as "subjectId", type, destination, state, outcome,
  fragments, key_ids as "keyIds", recoverable_until as "recoverableUntil", due_at as "dueAt", created_at as "createdAt",
  settled_at as "settledAt", coalesce(recoverable_until > clock_timestamp(), false) as "isRecoverable"`

/** The tasks of requests. Work claims and moves them; this is how a request makes them and takes them back. */
export function tasksOf(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /** New, or the next state of one that waited; nobody's claim survives it. */
    async write(task: EraseTask): Promise<void> {
      await client.query(
        `insert into task (workspace_id, task_id, request_id, destination, subject_id, type, state, outcome, fragments, key_ids,
                           recoverable_until, due_at, created_at, settled_at)
         values ($1, $2, $3, 'heed', $4, 'erase', $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (workspace_id, task_id) do update
           set subject_id = excluded.subject_id, state = excluded.state, outcome = excluded.outcome, fragments = excluded.fragments,
               key_ids = excluded.key_ids, recoverable_until = excluded.recoverable_until, due_at = excluded.due_at,
               settled_at = excluded.settled_at, claimed_by = null, claimed_until = null`,
        [
          workspaceId,
          task.taskId,
          task.requestId,
          task.subjectId,
          task.state,
          task.outcome,
          task.fragments,
          task.keyIds,
          task.recoverableUntil,
          task.dueAt,
          task.createdAt,
          task.settledAt,
        ],
      )
    },

    async ofRequest(requestId: string): Promise<readonly ListedTask[]> {
      const { rows } = await client.query<ListedTask>(
        `select ${COLUMNS} from task where workspace_id = $1 and request_id = $2 order by created_at, task_id limit 100`,
        [workspaceId, requestId],
      )
      return rows
    },

    /** The same, and nobody moves them on until this transaction ends. Lock order: escrowed keys, then tasks. */
    async lock(requestId: string): Promise<readonly ListedTask[]> {
      const { rows } = await client.query<ListedTask>(
        `select ${COLUMNS} from task where workspace_id = $1 and request_id = $2 order by task_id for update`,
        [workspaceId, requestId],
      )
      return rows
    },

    async find(taskId: string): Promise<ListedTask | null> {
      const { rows } = await client.query<ListedTask>(
        `select ${COLUMNS} from task where workspace_id = $1 and task_id = $2 for update`,
        [workspaceId, taskId],
      )
      return rows[0] ?? null
    },
  }
}
