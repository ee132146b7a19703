import type pg from 'pg'
import type { RowCounts } from '../work/tasks.store.ts'

/** A task whose outcome has no receipt yet, with everything its receipt is made of, as one statement saw it. */
export type UnreceiptedTask = {
  readonly workspaceId: string
  readonly taskId: string
  readonly requestId: string
  readonly type: 'erase' | 'access' | 'correct' | 'restrict'
  readonly state: string
  readonly outcome: 'accepted' | 'confirmed' | 'not-found' | 'still-found' | 'cancelled'
  readonly receipted: string | null
  readonly subjectId: string | null
  readonly fragments: number
  readonly keys: number
  readonly planned: RowCounts
  readonly done: RowCounts
  readonly createdAt: Date
  readonly settledAt: Date | null
  readonly recoverableUntil: Date | null
  readonly keysDestroyedAt: Date | null
  readonly lookedAt: Date | null
  readonly survivors: number | null
  readonly jurisdiction: string | null
  readonly identifierCount: number
  readonly dueAt: Date
  readonly dataDeletedAt: Date | null
  readonly keysInEscrow: number
  readonly addressBookUntil: Date | null
  readonly keyCopiesCleanedAt: Date | null
  readonly previous: string | null
}

export type RequestRef = { readonly workspaceId: string; readonly requestId: string }

const MOST_AT_ONCE = 100

/** Tasks as receipts see them. */
export function taskFactsIn(client: Pick<pg.ClientBase, 'query'>) {
  return {
    /** Of one request; at most a hundred, so that the caller comes again. */
    async withoutReceipt({ workspaceId, requestId }: RequestRef): Promise<readonly UnreceiptedTask[]> {
      const { rows } = await client.query<UnreceiptedTask>(FACTS, [workspaceId, requestId, MOST_AT_ONCE])
      return rows
    },

    /** Requests of any workspace that have such a task. */
    async waiting(limit: number): Promise<readonly RequestRef[]> {
      const { rows } = await client.query<RequestRef>(
        `select distinct workspace_id as "workspaceId", request_id as "requestId"
         from task where outcome is distinct from receipted and outcome is not null limit $1`,
        [limit],
      )
      return rows
    },

    /** Locks the task when it still is what its receipt says, and has none; answers whether it is. */
    async lockUnchanged(task: UnreceiptedTask): Promise<boolean> {
      const { rowCount } = await client.query(
        `select from task
         where workspace_id = $1 and task_id = $2 and outcome = $3 and state = $4 and done = $5::jsonb
           and receipted is not distinct from $6
           and keys_destroyed_at is not distinct from $7
         for update`,
        [
          task.workspaceId,
          task.taskId,
          task.outcome,
          task.state,
          JSON.stringify(task.done),
          task.receipted,
          task.keysDestroyedAt,
        ],
      )
      return rowCount === 1
    },

    async setReceipted({ workspaceId, taskId, outcome }: UnreceiptedTask): Promise<void> {
      await client.query('update task set receipted = $3 where workspace_id = $1 and task_id = $2', [
        workspaceId,
        taskId,
        outcome,
      ])
    },
  }
}

/** Copies count as overwritten only while nothing was removed since: a removal that began earlier may have ended later. */
const FACTS = `
  select t.workspace_id as "workspaceId", t.task_id as "taskId", t.request_id as "requestId", t.type, t.state, t.outcome,
         t.receipted, t.subject_id as "subjectId", cardinality(t.fragments) as fragments, cardinality(t.key_ids) as keys,
         t.planned, t.done, t.created_at as "createdAt", t.settled_at as "settledAt",
         t.recoverable_until as "recoverableUntil", t.keys_destroyed_at as "keysDestroyedAt", t.looked_at as "lookedAt",
         t.survivors, r.jurisdiction, r.identifier_count as "identifierCount", r.due_at as "dueAt",
         s.data_deleted_at as "dataDeletedAt",
         (select count(*)::int from escrowed_key e
          where e.workspace_id = t.workspace_id and e.request_id = t.request_id and e.key_id = any(t.key_ids)) as "keysInEscrow",
         (select k.destroy_after from request_key k
          where k.workspace_id = t.workspace_id and k.request_id = t.request_id) as "addressBookUntil",
         (select cleaned_at from key_removal where cleaned_at >= removed_at) as "keyCopiesCleanedAt",
         (select p.receipt_id from receipt p where p.workspace_id = t.workspace_id and p.task_id = t.task_id
            and not exists (select from receipt n where n.workspace_id = p.workspace_id and n.supersedes = p.receipt_id)
          limit 1) as previous
  from task t
  join request r on r.workspace_id = t.workspace_id and r.request_id = t.request_id
  left join subject s on s.workspace_id = t.workspace_id and s.subject_id = t.subject_id
  where t.workspace_id = $1 and t.request_id = $2 and t.outcome is distinct from t.receipted and t.outcome is not null
  order by t.task_id limit $3`
