import type { Log } from '../log.ts'
import type { Claims } from './claim-tasks.ts'
import type { Task, TaskState } from './tasks.store.ts'

/**
 * Takes a task one step on, in transactions of its own, and answers the state to go on with at once, or null when there is
 * nothing more to do now. It may be killed anywhere and is then begun again.
 */
export type TaskStep = (task: Task) => Promise<TaskState | null>

/** The states a node knows how to go on from. */
export type TaskSteps = Readonly<Partial<Record<TaskState, TaskStep>>>

type Running = {
  readonly claims: Claims
  readonly steps: TaskSteps
  readonly log: Pick<Log, 'error'>
  readonly signal: AbortSignal
}

const CLAIMED_AT_ONCE = 10

/** Then others get their turn: a person with ten million events must not keep a hundred small erases waiting. */
const MOST_STEPS_A_TURN = 100

/**
 * Works on what is due until nothing is, or until it is told to stop; then it stops between two steps. A task that fails is
 * left for later and keeps nobody else waiting. Answers how many turns it gave.
 */
export async function runTasks(running: Running): Promise<number> {
  let turns = 0
  for (;;) {
    const tasks = await running.claims.take(CLAIMED_AT_ONCE)
    for (const task of tasks) await giveTurn(running, task)
    turns += tasks.length
    if (tasks.length < CLAIMED_AT_ONCE || running.signal.aborted) return turns
  }
}

async function giveTurn(running: Running, task: Task): Promise<void> {
  const { claims, log } = running
  const at = { state: task.state }
  await takeSteps(running, task, at).then(
    () => claims.release(task),
    (err: unknown) => {
      const { workspaceId, attempts: attempt } = task
      log.error(
        { job: 'tasks', step: at.state, workspaceId, attempt, err },
        'a task failed; it is tried again',
      )
      return claims.postpone(task)
    },
  )
}

async function takeSteps({ steps, signal }: Running, task: Task, at: { state: TaskState }): Promise<void> {
  for (let taken = 0; taken < MOST_STEPS_A_TURN && !signal.aborted; taken += 1) {
    const next = (await steps[at.state]?.(task)) ?? null
    if (next === null) return
    at.state = next
  }
}
