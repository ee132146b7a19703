import type { Transaction } from '../store/transaction.ts'
import type { TaskRef } from '../work/tasks.store.ts'

/** Tasks of type `access`. */
export function accessTasksIn(client: Pick<Transaction, 'query'>) {
  return {
    /** Due at once where somebody was found; else done, with nobody to look for. */
    async open(row: {
      readonly workspaceId: string
      readonly taskId: string
      readonly requestId: string
      /** The root of the person; null: nobody was found. */
      readonly subjectId: string | null
      readonly at: Date
    }): Promise<void> {
      await client.query(
        `insert into task (workspace_id, task_id, request_id, destination, subject_id, type, state, outcome, due_at, created_at, settled_at)
         select $1, $2, $3, 'heed', $4::uuid, 'access',
                case when found then 'making' else 'done' end, case when not found then 'not-found' end,
                case when found then clock_timestamp() end, $5::timestamptz, case when not found then $5::timestamptz end
         from (select $4::uuid is not null as found) named`,
        [row.workspaceId, row.taskId, row.requestId, row.subjectId, row.at],
      )
    },

    /** Whose data the export holds: it is handed out only while all of these are there. */
    async setReach(
      { workspaceId, taskId }: TaskRef,
      { fragments, keyIds }: { readonly fragments: readonly string[]; readonly keyIds: readonly string[] },
    ): Promise<void> {
      await client.query(
        'update task set fragments = $3, key_ids = $4 where workspace_id = $1 and task_id = $2',
        [workspaceId, taskId, fragments, keyIds],
      )
    },

    async settle(
      { workspaceId, taskId }: TaskRef,
      outcome: 'confirmed' | 'not-found',
      counts: Readonly<Record<string, number>>,
    ): Promise<void> {
      await client.query(
        `update task set state = 'done', outcome = $3, done = $4, settled_at = clock_timestamp(), due_at = null
         where workspace_id = $1 and task_id = $2`,
        [workspaceId, taskId, outcome, JSON.stringify(counts)],
      )
    },
  }
}
