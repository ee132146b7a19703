import type pg from 'pg'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { type Claim, type Pause, type Task, type TaskRef, type TaskState, tasksIn } from './tasks.store.ts'

/** A worker that has not moved a task for this long is taken to be dead. Every step begins it anew. */
const CLAIM_SECONDS = 60

/** A step that failed is tried again after 5 s, 10 s, 20 s …, and at least every quarter of an hour. */
const AFTER_FAILURE: Pause = { firstSeconds: 5, longestSeconds: 900 }

export type Claims = {
  /** Takes tasks that are due, those that wait longest first; none of them is anybody else's until the claim runs out. */
  readonly take: (limit: number) => Promise<readonly Task[]>
  /**
   * Runs a step in one transaction with the task's row locked and read afresh. Answers null, and does nothing, when the task
   * is not this worker's any more: a worker that was away for too long cannot write over the one that went on.
   * `lockFirst` takes the locks that come before a task's in the order of locks.
   */
  readonly step: <T>(
    ref: TaskRef,
    work: (client: Transaction, task: Task) => Promise<T>,
    lockFirst?: (client: Transaction) => Promise<void>,
  ) => Promise<T | null>
  readonly release: (ref: TaskRef) => Promise<void>
  readonly postpone: (ref: TaskRef) => Promise<void>
}

type Claiming = {
  readonly pool: pg.Pool
  /** Whose claims these are; one for each loop of each process. */
  readonly worker: string
  /** What this worker knows how to go on with. */
  readonly states: readonly TaskState[]
  readonly claimSeconds?: number
  readonly afterFailure?: Pause
}

/**
 * The one way to work on tasks. Many nodes may claim at once: a row is claimed by one of them, in one statement, by the
 * database's clock, and what a dead node held comes free by itself.
 */
export function claimTasks({
  pool,
  worker,
  states,
  claimSeconds = CLAIM_SECONDS,
  afterFailure = AFTER_FAILURE,
}: Claiming): Claims {
  const claim: Claim = { worker, seconds: claimSeconds }
  return {
    take: (limit) => inTransaction(pool, (client) => tasksIn(client).claimDue({ ...claim, states, limit })),
    step: (ref, work, lockFirst) =>
      inTransaction(pool, async (client) => {
        await lockFirst?.(client)
        const task = await tasksIn(client).keepClaim(ref, claim)
        return task === null ? null : work(client, task)
      }),
    release: (ref) => inTransaction(pool, (client) => tasksIn(client).release(ref, worker)),
    postpone: (ref) =>
      inTransaction(pool, (client) => tasksIn(client).postpone(ref, { worker, pause: afterFailure })),
  }
}
