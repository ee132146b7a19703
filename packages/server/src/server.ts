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
import { CannotStart } from './store/cannot-start.ts'

export type HeedServer = {
  /** Where it answers. */
  readonly url: string
  readonly seeding: Seeding
  /** Finishes what was accepted, then closes everything. */
  readonly stop: () => Promise<void>
}

type Start = { readonly settings: Settings; readonly log: Log }

/** Starts a whole Heed; what was opened is closed again when the next thing cannot be. @throws CannotStart with a sentence */
export async function startServer(start: Start): Promise<HeedServer> {
  const opened: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  return open(start, opened).then(
    (server) => ({ ...server, stop: () => close().then(() => start.log.info('Heed has stopped')) }),
    async (cause: unknown) => {
      await close()
      throw cause
    },
  )
}

async function open(
  { settings, log }: Start,
  opened: (() => Promise<void>)[],
): Promise<Omit<HeedServer, 'stop'>> {
  const world = realWorld()
  const storage = await openStorage(settings, { log, now: world.now })
  opened.push(storage.close)
  const { pool } = storage.database
  const gate = await openGate({ settings, storage, log, world })
  opened.push(() => leaveNode(pool, gate.nodeId), gate.close)
  const access = { pool, now: world.now, random: world.random }
  const seeding = await seedInstallation(access, settings)
  const metrics = createMetrics()
  const app = await openDoors({ settings, log, metrics, storage, gate, access, world })
  const jobs = startJobs({ settings, log, storage, gate, world })
  opened.push(jobs.stop)
  opened.push(() => app.close())
  const url = await app.listen({ host: settings.host, port: settings.port }).catch(cannotListen(settings))
  log.info({ listening: url, nodeId: gate.nodeId }, 'Heed answers')
  return { url, seeding }
}

function cannotListen({ host, port }: Settings): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    const why =
      cause.code === 'EADDRINUSE' ? 'something else listens there' : (cause.code ?? 'it was refused')
    throw new CannotStart(`Heed cannot listen on ${host}:${port}: ${why}. Set HEED_PORT or HEED_HOST.`, {
      cause,
    })
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
