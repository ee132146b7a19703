import type pg from 'pg'
import type { GateRig } from '../../testing/gate-rig.ts'
import { claimTasks } from '../../work/claim-tasks.ts'
import { runTasks } from '../../work/run-tasks.ts'
import type { Task } from '../../work/tasks.store.ts'
import { eraseSteps } from '../erase-steps.ts'

export type EraseRunner = {
  /** Works on what is due until nothing is. */
  readonly run: () => Promise<number>
  readonly errors: unknown[]
  /** Requests that receipts were asked for. */
  readonly receipted: string[]
  /** Held tasks that were resumed. */
  readonly resumed: string[]
}

type Setting = {
  readonly worker?: string
  readonly batch?: number
  readonly claimSeconds?: number
  /** After a failure; 0: what fails is due again at once. */
  readonly pauseSeconds?: number
}

/** A node's worker on a test database. What fails is due again at once. */
export function eraseRunner(pool: pg.Pool, rig: GateRig, setting: Setting = {}): EraseRunner {
  const { worker = 'node-1', batch = 5_000, claimSeconds = 60, pauseSeconds = 0 } = setting
  const [errors, receipted, resumed]: [unknown[], string[], string[]] = [[], [], []]
  const claims = claimTasks({
    pool,
    worker,
    states: ['held', 'window', 'counting', 'scrubbing'],
    claimSeconds,
    afterFailure: { firstSeconds: pauseSeconds, longestSeconds: pauseSeconds },
  })
  const steps = eraseSteps({
    claims,
    batch,
    journal: rig.journal,
    newId: rig.newId,
    issueReceipts: async (_workspaceId, requestId) => receipted.push(requestId),
    resumeHeldErase: async ({ taskId }: Task) => {
      resumed.push(taskId)
      return null
    },
  })
  const log = { error: (fields: object) => void errors.push(fields) }
  const { signal } = new AbortController()
  return { run: () => runTasks({ claims, steps, log, signal }), errors, receipted, resumed }
}
