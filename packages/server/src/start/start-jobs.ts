import type pg from 'pg'
import { forgetIdempotencyKeys } from '../access/claim-idempotency-key.ts'
import { forgetExports } from '../access-export/forget-exports.ts'
import { cleanKeyCopies } from '../erasure/clean-key-copies.ts'
import { destroyAddressBooks } from '../erasure/destroy-address-books.ts'
import { rollUpDrops } from '../jobs/roll-up-drops.ts'
import { type RunningJobs, runPeriodically } from '../jobs/run-periodically.ts'
import { startSequencer } from '../jobs/start-sequencer.ts'
import { turnMessageTables } from '../jobs/turn-message-tables.ts'
import { watchOptOuts } from '../jobs/watch-opt-outs.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings.ts'
import { ensureEventPartitions } from '../store/event-partitions.ts'
import type { Gate, World } from './open-gate.ts'
import type { Storage } from './open-storage.ts'
import { HEARTBEAT_MS, noteHeartbeat } from './register-node.ts'
import { taskWorker } from './task-worker.ts'

const MINUTE_MS = 60_000

/** Copies of destroyed keys are overwritten within the hour, also where the first attempts had to wait. */
const CLEANING_MINUTES = 15

export type JobParts = {
  readonly settings: Settings
  readonly log: Log
  readonly storage: Storage
  readonly gate: Gate
  readonly world: World
}

/** What comes round by itself on every node; each job keeps out of its twins' way on other nodes. */
export function startJobs(parts: JobParts): RunningJobs {
  const { log, storage, gate, world } = parts
  const { pool, gatePool } = storage.database
  const worker = taskWorker(parts)
  const sequencer = startSequencer({
    ...world,
    pool,
    log,
    journal: gate.journal,
    masterKey: gate.masterKey,
  })
  const periodic = runPeriodically(
    [
      { name: 'heartbeat', everyMs: HEARTBEAT_MS, run: () => noteHeartbeat(pool, gate.nodeId) },
      { name: 'tasks', everyMs: 1_000, run: worker.runTasks },
      { name: 'exports', everyMs: 1_000, run: worker.makeExports },
      {
        name: 'forget-exports',
        everyMs: 10 * MINUTE_MS,
        run: () => forgetExports(pool, world.now()),
      },
      { name: 'destroy-address-books', everyMs: 60 * MINUTE_MS, run: () => destroyAddressBooks(pool) },
      {
        name: 'clean-key-copies',
        everyMs: CLEANING_MINUTES * MINUTE_MS,
        run: () => cleanKeyCopies({ pool, log, isEmbedded: parts.settings.databaseUrl === null }),
      },
      { name: 'missing-receipts', everyMs: MINUTE_MS, run: worker.issueMissingReceipts },
      { name: 'roll-up-drops', everyMs: 10_000, run: () => rollUpDrops(pool) },
      { name: 'turn-message-tables', everyMs: 5 * MINUTE_MS, run: () => turnMessageTables(gatePool) },
      {
        name: 'event-partitions',
        everyMs: 60 * MINUTE_MS,
        run: () => ensureEventPartitions(pool, world.now()),
      },
      { name: 'watch-opt-outs', everyMs: MINUTE_MS, run: () => watchOptOuts(pool, { ...world, log }) },
      {
        name: 'forget-idempotency-keys',
        everyMs: 60 * MINUTE_MS,
        run: () => forgetOldKeys(pool, world.now()),
      },
    ],
    log,
  )
  return {
    async stop() {
      await Promise.all([periodic.stop(), sequencer.stop()])
    },
  }
}

/** A repeated call is recognised for this long. */
const IDEMPOTENCY_DAYS = 30

function forgetOldKeys(pool: pg.Pool, now: Date): Promise<number> {
  return forgetIdempotencyKeys(pool, new Date(now.getTime() - IDEMPOTENCY_DAYS * 24 * 60 * MINUTE_MS))
}
