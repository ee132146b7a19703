import type { Transaction } from '../store/transaction.ts'

export type DestroyedKeys = { readonly keyIds: readonly string[]; readonly seq: number; readonly at: Date }

/** The end of an erased person's keys. */
export function keyEndsIn(client: Transaction, workspaceId: string) {
  return {
    /** Before the task's own row is locked, as a reverse does it: the other order would lock both out. */
    async lockEscrow(requestId: string): Promise<void> {
      await client.query(
        'select from escrowed_key where workspace_id = $1 and request_id = $2 order by key_id for update',
        [workspaceId, requestId],
      )
    },

    /**
     * Answers which keys went, and where and when in the order of facts. Only this task's: another person of the same request
     * may have waited for a hold, and their window ends later.
     */
    async destroyEscrow(task: { requestId: string; keyIds: readonly string[] }): Promise<DestroyedKeys> {
      const { rows } = await client.query<{ keyIds: string[]; seq: string; at: Date }>(
        `with gone as (
           delete from escrowed_key where workspace_id = $1 and request_id = $2 and key_id = any($3::uuid[]) returning key_id)
         select coalesce((select array_agg(key_id order by key_id) from gone), '{}') as "keyIds",
                nextval('fact_seq') as seq, clock_timestamp() as at`,
        [workspaceId, task.requestId, task.keyIds],
      )
      const [row] = rows
      if (row === undefined) throw new TypeError('a select without a table answers one row')
      return { ...row, seq: Number(row.seq) }
    },

    /** From `at` on copies of the keys age out; the request goes on without them. */
    async setDestroyed(task: { taskId: string; requestId: string }, at: Date): Promise<void> {
      await client.query(
        `with said as (update task set keys_destroyed_at = $4 where workspace_id = $1 and task_id = $2)
         update request set status = 'running' where workspace_id = $1 and request_id = $3 and status = 'waiting'`,
        [workspaceId, task.taskId, task.requestId, at],
      )
    },

    /** Copies of the removed key are now to be overwritten. Last in its transaction: every removal shares this row. */
    async noteRemoval(): Promise<void> {
      await client.query('update key_removal set removed_at = clock_timestamp()')
    },
  }
}
