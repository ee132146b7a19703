import type { Transaction } from '../store/transaction.ts'

/** Which task, everywhere. */
export type TaskRef = { readonly workspaceId: string; readonly taskId: string }

export type TaskState = 'held' | 'window' | 'counting' | 'scrubbing' | 'making' | 'done' | 'cancelled'

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>

export type Task = TaskRef & {
  readonly requestId: string
  readonly destination: string
  /** The root of the person; null where nobody was found. */
  readonly subjectId: string | null
  readonly type: 'erase' | 'access' | 'correct' | 'restrict'
  readonly state: TaskState
  readonly outcome: string | null
  readonly fragments: readonly string[]
  readonly keyIds: readonly string[]
  readonly planned: RowCounts
  readonly done: RowCounts
  readonly attempts: number
  /** By the database's clock. */
  readonly isRecoverable: boolean
}

const COLUMNS = `t.workspace_id as "workspaceId", t.task_id as "taskId", t.request_id as "requestId", t.destination,
  t.subject_id as "subjectId", t.type, t.state, t.outcome, t.fragments, t.key_ids as "keyIds", t.planned, t.done, t.attempts,
  coalesce(t.recoverable_until > clock_timestamp(), false) as "isRecoverable"`

export type Claim = { readonly worker: string; readonly seconds: number }

/** Tasks as work: which are due, and whose they are. Only the database's clock decides when something is due. */
export function tasksIn(client: Pick<Transaction, 'query'>) {
  return {
    /** Those that wait longest first. A row somebody works on is locked, and passed over whatever its claim says. */
    async claimDue({
      worker,
      seconds,
      states,
      limit,
    }: Claim & { readonly states: readonly TaskState[]; readonly limit: number }): Promise<readonly Task[]> {
      const { rows } = await client.query<Task>(
        `update task t set claimed_by = $1, claimed_until = clock_timestamp() + make_interval(secs => $2)
         from (select workspace_id, task_id from task
               where due_at <= clock_timestamp() and (claimed_until is null or claimed_until <= clock_timestamp())
                 and state = any($3::text[])
               order by due_at limit $4 for update skip locked) due
         where t.workspace_id = due.workspace_id and t.task_id = due.task_id
         returning ${COLUMNS}`,
        [worker, seconds, states, limit],
      )
      return rows
    },

    /** Locks the row, makes the claim last longer and reads the task afresh; null when it is another worker's by now. */
    async keepClaim({ workspaceId, taskId }: TaskRef, { worker, seconds }: Claim): Promise<Task | null> {
      const { rows } = await client.query<Task>(
        `update task t set claimed_until = clock_timestamp() + make_interval(secs => $4)
         where t.workspace_id = $1 and t.task_id = $2 and t.claimed_by = $3
         returning ${COLUMNS}`,
        [workspaceId, taskId, worker, seconds],
      )
      return rows[0] ?? null
    },

    /** Gives the task back as it is. */
    async release({ workspaceId, taskId }: TaskRef, worker: string): Promise<void> {
      await client.query(
        `update task set claimed_by = null, claimed_until = null
         where workspace_id = $1 and task_id = $2 and claimed_by = $3`,
        [workspaceId, taskId, worker],
      )
    },

    /** Gives it back after a step that failed, to be tried again after a pause that doubles. */
    async postpone(
      { workspaceId, taskId }: TaskRef,
      { worker, pause }: { readonly worker: string; readonly pause: Pause },
    ): Promise<void> {
      await client.query(
        `update task set claimed_by = null, claimed_until = null, attempts = attempts + 1,
                due_at = case when due_at is null then null else clock_timestamp() + ${PAUSE} end
         where workspace_id = $1 and task_id = $2 and claimed_by = $3`,
        [workspaceId, taskId, worker, pause.firstSeconds, pause.longestSeconds],
      )
    },

    async enter({ workspaceId, taskId }: TaskRef, state: TaskState): Promise<void> {
      await client.query(
        `update task set state = $3, due_at = clock_timestamp(), attempts = 0
         where workspace_id = $1 and task_id = $2`,
        [workspaceId, taskId, state],
      )
    },

    /** The last word on this task. The request is settled with its last task. */
    async settle(
      { workspaceId, taskId }: TaskRef,
      { outcome, survivors }: { readonly outcome: 'confirmed' | 'still-found'; readonly survivors: number },
    ): Promise<void> {
      await client.query(
        `update task set state = 'done', outcome = $3, survivors = $4, looked_at = clock_timestamp(),
                settled_at = clock_timestamp(), due_at = null
         where workspace_id = $1 and task_id = $2`,
        [workspaceId, taskId, outcome, survivors],
      )
    },

    /** Answers whether this was its last task. */
    async settleRequest({ workspaceId, requestId }: Task): Promise<boolean> {
      const { rowCount } = await client.query(
        `update request set status = 'settled', settled_at = clock_timestamp()
         where workspace_id = $1 and request_id = $2 and status <> 'settled'
           and not exists (select from task where workspace_id = $1 and request_id = $2 and state not in ('done', 'cancelled'))`,
        [workspaceId, requestId],
      )
      return rowCount === 1
    },

    /** To look again after a pause that doubles; false, and nothing changed, when the request's day has come. */
    async lookAgain(
      { workspaceId, taskId }: TaskRef,
      { survivors, pause }: { readonly survivors: number; readonly pause: Pause },
    ): Promise<boolean> {
      const { rowCount } = await client.query(
        `update task t set outcome = 'still-found', survivors = $3, looked_at = clock_timestamp(), attempts = t.attempts + 1,
                due_at = least(r.due_at, clock_timestamp() + ${PAUSE})
         from request r
         where t.workspace_id = $1 and t.task_id = $2 and r.workspace_id = t.workspace_id and r.request_id = t.request_id
           and r.due_at > clock_timestamp()`,
        [workspaceId, taskId, survivors, pause.firstSeconds, pause.longestSeconds],
      )
      return rowCount === 1
    },

    async waitUntilRecoverable({ workspaceId, taskId }: TaskRef): Promise<void> {
      await client.query(
        'update task set due_at = recoverable_until where workspace_id = $1 and task_id = $2',
        [workspaceId, taskId],
      )
    },

    /** What is to be done, table by table; what an earlier step has done already belongs to it. */
    async plan({ workspaceId, taskId }: TaskRef, counts: RowCounts): Promise<void> {
      await client.query(
        `update task set planned = (
           select coalesce(jsonb_object_agg(key, total), '{}')
           from (select key, sum(value::bigint) as total
                 from (select * from jsonb_each_text($3::jsonb) union all select * from jsonb_each_text(done)) every
                 group by key) summed)
         where workspace_id = $1 and task_id = $2`,
        [workspaceId, taskId, JSON.stringify(counts)],
      )
    },

    /** Adds to what is done, so that whoever looks sees how far it has come. */
    async addDone({ workspaceId, taskId }: TaskRef, counts: RowCounts): Promise<void> {
      await client.query(
        `update task set attempts = 0, done = done || (
           select coalesce(jsonb_object_agg(key, coalesce((done ->> key)::bigint, 0) + value::bigint), '{}')
           from jsonb_each_text($3::jsonb))
         where workspace_id = $1 and task_id = $2`,
        [workspaceId, taskId, JSON.stringify(counts)],
      )
    },
  }
}

/** A pause that doubles with every attempt, up to the longest. */
export type Pause = { readonly firstSeconds: number; readonly longestSeconds: number }

const PAUSE = 'make_interval(secs => least($5::float, $4::float * 2 ^ least(attempts, 30)))'
