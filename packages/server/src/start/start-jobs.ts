import type { Metrics } from '../http/operations/metrics.ts'
import { rollUpDrops } from '../jobs/roll-up-drops.ts'
import { type RunningJobs, runPeriodically } from '../jobs/run-periodically.ts'
import { turnMessageTables } from '../jobs/turn-message-tables.ts'
import type { Log } from '../log.ts'
import { ensureEventPartitions } from '../store/event-partitions.ts'
import type { Gate, World } from './open-gate.ts'
import type { Storage } from './open-storage.ts'
import { HEARTBEAT_MS, noteHeartbeat } from './register-node.ts'

const MINUTE_MS = 60_000

export type JobParts = {
  readonly log: Log
  readonly metrics: Metrics
  readonly storage: Storage
  readonly gate: Gate
  readonly world: World
}

/** What comes round by itself on every node; each job keeps out of its twins' way on other nodes. */
export function startJobs({ log, storage, gate, world }: JobParts): RunningJobs {
  const { pool, gatePool } = storage.database
  return runPeriodically(
    [
      { name: 'heartbeat', everyMs: HEARTBEAT_MS, run: () => noteHeartbeat(pool, gate.nodeId) },
      { name: 'roll-up-drops', everyMs: 10_000, run: () => rollUpDrops(pool) },
      { name: 'turn-message-tables', everyMs: 5 * MINUTE_MS, run: () => turnMessageTables(gatePool) },
      {
        name: 'event-partitions',
        everyMs: 60 * MINUTE_MS,
        run: () => ensureEventPartitions(pool, world.now()),
      },
    ],
    log,
  )
}
