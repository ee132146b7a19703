import { publicId } from '@heed/core'
import { lockLog } from '../audit/audit-log.store.ts'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { WRAPPED_KEY_TABLES } from '../keys/rotation.store.ts'
import type { Transaction } from '../store/transaction.ts'
import type { Claims } from '../work/claim-tasks.ts'
import { type Pause, type RowCounts, type Task, type TaskState, tasksIn } from '../work/tasks.store.ts'
import { erasedRowsIn } from './erased-rows.store.ts'
import { keyEndsIn } from './key-ends.store.ts'
import { countSurvivors } from './survivors.store.ts'

export type ScrubbingParts = {
  readonly claims: Claims
  readonly newId: () => string
  /** Signs what became of a request's tasks, where that has no receipt yet. */
  readonly issueReceipts: (workspaceId: string, requestId: string) => Promise<unknown>
  /** Rows a transaction. */
  readonly batch?: number
}

const BATCH = 5_000

/** What was found again is looked for again after a minute, two, four …, and at least every six hours. */
const UNTIL_NEXT_LOOK: Pause = { firstSeconds: 60, longestSeconds: 21_600 }

/**
 * Takes an erased person's rows away, some thousand at a time, and looks again when none is left. Killed anywhere it goes on
 * with the rows that are left: what is done is counted in the transaction that does it.
 *
 * The last look has the lock of the audit log: whoever was numbering facts of the person by then, and making a salt for them,
 * has finished, and whoever numbers later finds facts about nobody.
 */
export async function scrubPerson(parts: ScrubbingParts, due: Task): Promise<TaskState | null> {
  const next = await parts.claims.step(due, async (client, task) => {
    if (task.state !== 'scrubbing') return task.state
    if (await scrubSome(parts, client, task)) return 'scrubbing'
    await lockLog(client, task.workspaceId)
    if (await scrubSome(parts, client, task)) return 'scrubbing'
    await lookAgain(parts, client, task)
    return 'done'
  })
  if (next !== 'done') return next
  await parts.issueReceipts(due.workspaceId, due.requestId)
  return null
}

/** Counts what it did in the task; false when nothing was left. */
async function scrubSome(parts: ScrubbingParts, client: Transaction, task: Task): Promise<boolean> {
  const done = await erasedRowsIn(client, task).scrub(parts.batch ?? BATCH)
  if (Object.keys(done).length === 0) return false
  await tasksIn(client).addDone(task, done)
  if (WRAPPED_KEY_TABLES.some((table) => table in done)) await keyEndsIn(client).noteRemoval()
  return true
}

async function lookAgain(parts: ScrubbingParts, client: Transaction, task: Task): Promise<void> {
  const tasks = tasksIn(client)
  const survivors = await countSurvivors(client, task)
  if (survivors > 0 && (await tasks.lookAgain(task, { survivors, pause: UNTIL_NEXT_LOOK }))) return
  const outcome = survivors === 0 ? 'confirmed' : 'still-found'
  await tasks.settle(task, { outcome, survivors })
  const isSettled = await tasks.settleRequest(task)
  await tell(parts, client, { task, outcome, survivors, isSettled })
}

type Settled = {
  readonly task: Task
  readonly outcome: string
  readonly survivors: number
  readonly isSettled: boolean
}

async function tell(parts: ScrubbingParts, client: Transaction, settled: Settled): Promise<void> {
  const { task, outcome, survivors, isSettled } = settled
  const { workspaceId, planned, done } = task
  const requestId = publicId('req', task.requestId)
  const { rows } = await client.query<{ at: Date }>('select clock_timestamp() as at')
  const base = { workspaceId, occurredAt: rows[0]?.at ?? new Date(0), actor: 'system', subjectId: null }
  const different = tablesThatDiffer(planned, done)
  const body = { requestId, destination: task.destination, outcome, survivors, planned, done, different }
  await appendToOutbox(client, [
    { ...base, outboxId: parts.newId(), kind: 'erasure-looked-again', body },
    ...(isSettled
      ? [
          {
            ...base,
            outboxId: parts.newId(),
            kind: 'request-settled',
            body: { requestId, type: task.type },
          } as const,
        ]
      : []),
  ])
}

/** Where the scrub did more or less than was counted before it. It is written down, whatever the reason. */
function tablesThatDiffer(planned: RowCounts, done: RowCounts): string[] {
  const tables = new Set([...Object.keys(planned), ...Object.keys(done)])
  return [...tables].filter((table) => (planned[table] ?? 0) !== (done[table] ?? 0)).toSorted()
}
