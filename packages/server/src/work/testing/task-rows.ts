import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { TaskState } from '../tasks.store.ts'

type NewTask = { readonly state?: TaskState; readonly dueSinceSeconds?: number }

/** One request with tasks that nothing is known of but that they are due, since so many seconds; below 0: not yet. */
export async function addTasks(pool: pg.Pool, tasks: readonly NewTask[]): Promise<string[]> {
  const [workspaceId, requestId] = [randomUUID(), randomUUID()]
  await pool.query("insert into workspace values ($1, 'shop', now())", [workspaceId])
  await pool.query(
    `insert into request (workspace_id, request_id, type, status, actor, identifier_count, created_at, due_at)
     values ($1, $2, 'erase', 'waiting', 'token:t', 1, now(), now() + interval '28 days')`,
    [workspaceId, requestId],
  )
  const ids = tasks.map(() => randomUUID())
  for (const [at, { state = 'window', dueSinceSeconds = 1 }] of tasks.entries())
    await pool.query(
      `insert into task (workspace_id, task_id, request_id, destination, type, state, due_at, created_at)
       values ($1, $2, $3, 'heed', 'erase', $4, clock_timestamp() - make_interval(secs => $5), now())`,
      [workspaceId, ids[at], requestId, state, dueSinceSeconds],
    )
  return ids
}
