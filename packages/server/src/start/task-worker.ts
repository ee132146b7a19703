import { makeExport } from '../access-export/make-export.ts'
import { eraseSteps } from '../erasure/erase-steps.ts'
import { resumeHeldErase } from '../erasure/resume-held-erase.ts'
import type { Log } from '../log.ts'
import { issueMissingReceipts, issueReceipts } from '../receipts/issue-receipts.ts'
import type { Settings } from '../settings.ts'
import { claimTasks } from '../work/claim-tasks.ts'
import { runTasks, type TaskSteps } from '../work/run-tasks.ts'
import type { TaskState } from '../work/tasks.store.ts'
import type { Gate, World } from './open-gate.ts'
import type { Storage } from './open-storage.ts'

export type WorkerParts = {
  readonly settings: Settings
  readonly log: Log
  readonly storage: Storage
  readonly gate: Gate
  readonly world: World
}

export type TaskWorker = {
  /** Works on every task that is due, until none is or the signal says stop. */
  readonly runTasks: (signal: AbortSignal) => Promise<number>
  /** The same for exports, which take long: nobody's erase waits behind them. */
  readonly makeExports: (signal: AbortSignal) => Promise<number>
  /** What a kill between an outcome and its receipt has left. */
  readonly issueMissingReceipts: () => Promise<number>
}

const STATES: readonly TaskState[] = ['held', 'window', 'counting', 'scrubbing']

/** This node as a worker on tasks. */
export function taskWorker({ settings, log, storage, gate, world }: WorkerParts): TaskWorker {
  const { pool } = storage.database
  const { journal, keyStore, lane, nodeId } = gate
  const { backupRetentionDays, reversalDays } = settings
  const issuing = {
    ...world,
    pool,
    keyStore,
    masterKey: gate.masterKey,
    backupRetentionDays,
    hasJournal: true,
  }
  const issue = (workspaceId: string, requestId: string) => issueReceipts(issuing, { workspaceId, requestId })
  const claims = claimTasks({ pool, worker: nodeId, states: STATES })
  const steps: TaskSteps = eraseSteps({
    claims,
    journal,
    newId: world.newId,
    issueReceipts: issue,
    async resumeHeldErase({ workspaceId, taskId, requestId }) {
      await lane.run(workspaceId, (tx) => resumeHeldErase(tx, { keyStore, reversalDays }, taskId))
      await issue(workspaceId, requestId)
      return null
    },
  })
  const exportClaims = claimTasks({ pool, worker: `${nodeId}/exports`, states: ['making'] })
  const exporting = {
    ...world,
    pool,
    keys: keyStore,
    backupRetentionDays,
    claims: exportClaims,
    issueReceipts: issue,
  }
  return {
    runTasks: (signal) => runTasks({ claims, steps, log, signal }),
    makeExports(signal) {
      const making: TaskSteps = { making: (task) => makeExport({ ...exporting, signal }, task) }
      return runTasks({ claims: exportClaims, steps: making, log, signal })
    },
    issueMissingReceipts: () => issueMissingReceipts(issuing),
  }
}
