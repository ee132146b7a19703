import { randomBytes } from 'node:crypto'
import { type Seeding, seedInstallation } from './access/seed-installation.ts'
import { createMetrics } from './http/operations/metrics.ts'
import type { Log } from './log.ts'
import type { Settings } from './settings.ts'
import { idMaker } from './start/id-maker.ts'
import { openDoors } from './start/open-doors.ts'
import { openGate, type World } from './start/open-gate.ts'
import { openStorage } from './start/open-storage.ts'
import { leaveNode } from './start/register-node.ts'
import { startJobs } from './start/start-jobs.ts'

export type HeedServer = {
  /** Where it answers. */
  readonly url: string
  readonly seeding: Seeding
  /** Finishes what was accepted, then closes everything. */
  readonly stop: () => Promise<void>
}

/** Starts a whole Heed. @throws CannotStart with a sentence for the operator */
export async function startServer({ settings, log }: { settings: Settings; log: Log }): Promise<HeedServer> {
  const world = realWorld()
  const storage = await openStorage(settings, { log, now: world.now })
  const metrics = createMetrics()
  const gate = await openGate({ settings, storage, log, world }).catch(closing(storage))
  const { pool } = storage.database
  const access = { pool, now: world.now, random: world.random, prepareWorkspace: async () => undefined }
  const seeding = await seedInstallation(access, settings)
  const app = await openDoors({ settings, log, metrics, storage, gate, access, world })
  const jobs = startJobs({ log, storage, gate, world })
  const url = await app.listen({ host: settings.host, port: settings.port })
  log.info({ listening: url, nodeId: gate.nodeId }, 'Heed answers')
  return {
    url,
    seeding,
    async stop() {
      await app.close()
      await jobs.stop()
      await gate.close()
      await leaveNode(pool, gate.nodeId)
      await storage.close()
      log.info('Heed has stopped')
    },
  }
}

function realWorld(): World {
  const now = () => new Date()
  return {
    now,
    monotonicMs: () => performance.now(),
    random: randomBytes,
    newId: idMaker(now, randomBytes),
  }
}

/** What was opened before is closed again when the next thing cannot be. */
function closing(storage: { close: () => Promise<void> }): (cause: unknown) => Promise<never> {
  return async (cause) => {
    await storage.close()
    throw cause
  }
}
