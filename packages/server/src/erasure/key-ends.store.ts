import type { Transaction } from '../store/transaction.ts'
import type { TaskRef } from '../work/tasks.store.ts'

type RequestRef = { readonly workspaceId: string; readonly requestId: string }

/** Who asked may have to be answered once more, and shown that it was about them. */
const DAYS_AFTER_SETTLING = 90

export type DestroyedKeys = { readonly keyIds: readonly string[]; readonly seq: number; readonly at: Date }

/** The end of an erased person's keys, and of those of requests. */
export function keyEndsIn(client: Transaction) {
  return {
    /** Before the task's own row is locked, as a reverse does it: the other order would lock both out. */
    async lockEscrow({ workspaceId, requestId }: RequestRef): Promise<void> {
      await client.query(
        'select from escrowed_key where workspace_id = $1 and request_id = $2 order by key_id for update',
        [workspaceId, requestId],
      )
    },

    /**
     * Answers which keys went, and where and when in the order of facts. Only this task's: another person of the same request
     * may have waited for a hold, and their window ends later.
     */
    async destroyEscrow(task: RequestRef & { readonly keyIds: readonly string[] }): Promise<DestroyedKeys> {
      const { rows } = await client.query<{ keyIds: string[]; seq: string; at: Date }>(
        `with gone as (
           delete from escrowed_key where workspace_id = $1 and request_id = $2 and key_id = any($3::uuid[]) returning key_id)
         select coalesce((select array_agg(key_id order by key_id) from gone), '{}') as "keyIds",
                nextval('fact_seq') as seq, clock_timestamp() as at`,
        [task.workspaceId, task.requestId, task.keyIds],
      )
      const [row] = rows
      if (row === undefined) throw new TypeError('a select without a table answers one row')
      return { ...row, seq: Number(row.seq) }
    },

    /** From `at` on copies of the keys age out; the request goes on without them. */
    async setDestroyed({ workspaceId, taskId, requestId }: TaskRef & RequestRef, at: Date): Promise<void> {
      await client.query(
        `with said as (update task set keys_destroyed_at = $4 where workspace_id = $1 and task_id = $2)
         update request set status = 'running' where workspace_id = $1 and request_id = $3 and status = 'waiting'`,
        [workspaceId, taskId, requestId, at],
      )
    },

    /** Answers how many; those that somebody uses just now are left to a later round. */
    async destroyAddressBooks(limit: number): Promise<number> {
      const { rows } = await client.query<{ destroyed: number }>(
        `with due as (
           select k.workspace_id, k.request_id
           from request_key k join request r on r.workspace_id = k.workspace_id and r.request_id = k.request_id
           where k.destroy_after <= clock_timestamp()
              or r.settled_at <= clock_timestamp() - make_interval(days => ${DAYS_AFTER_SETTLING})
           order by k.workspace_id, k.request_id limit $1 for update of k skip locked),
         addresses as (
           delete from request_address a using due d
           where a.workspace_id = d.workspace_id and a.request_id = d.request_id),
         keys as (
           delete from request_key k using due d
           where k.workspace_id = d.workspace_id and k.request_id = d.request_id returning 1),
         noted as (update key_removal set removed_at = clock_timestamp() where exists (select from due))
         select count(*)::int as destroyed from keys`,
        [limit],
      )
      return rows[0]?.destroyed ?? 0
    },

    /** Copies of the removed key are now to be overwritten. Last in its transaction: every removal shares this row. */
    async noteRemoval(): Promise<void> {
      await client.query('update key_removal set removed_at = clock_timestamp()')
    },
  }
}
