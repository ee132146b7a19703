import { mkdir, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { lockFolder } from './folder-lock.ts'
import { answers, prepareDatabase, socketUrl } from './local-sessions.ts'
import { makeCluster } from './make-cluster.ts'
import { becomesReady, findLeftOver, isServer, launch, shutDown } from './postmaster.ts'
import { commandLineOf } from './process-identity.ts'
import { giveFolder, serverAccount } from './server-account.ts'
import { installBinaries, removeUnfinished } from './server-binaries.ts'
import { serverArguments } from './server-settings.ts'
import { knownSocketFolder, removeStaleSocket, socketFolder } from './socket-folder.ts'

export type EmbeddedPostgres = {
  readonly url: string
  /** The process id of the server that runs now; it changes when a crashed server has been started again. */
  readonly pid: number
  readonly stop: () => Promise<void>
}

export type EmbeddedSettings = {
  readonly dataDir: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** `throw-away` switches fsync off, for tests whose data nobody will miss. */
  readonly durability?: 'full' | 'throw-away'
}

const LOG_LIMIT_BYTES = 10_000_000
const WATCH_MS = 1_000
const DATABASE = 'heed'

/**
 * Starts PostgreSQL in `<dataDir>/postgres`, making it on the first start. A server that outlived a killed Heed is adopted,
 * its dead sessions ended. Throws `CannotStart` when another Heed holds the folder or the server cannot run there.
 */
export async function startEmbeddedPostgres(settings: EmbeddedSettings): Promise<EmbeddedPostgres> {
  const dataDir = resolve(settings.dataDir)
  const folder = join(dataDir, 'postgres')
  await makeFolders(dataDir, folder)
  const lock = await lockFolder(folder, async () => (await runningPostgres(dataDir)) !== null)
  try {
    const server = await prepare(folder, settings)
    return await supervise(server, { release: lock.release, log: settings.log })
  } catch (cause) {
    await lock.release()
    throw cause
  }
}

/** Only Heed's own folders are private: the server's user must get through those above them. */
async function makeFolders(dataDir: string, folder: string): Promise<void> {
  await mkdir(dirname(dataDir), { recursive: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** The address of the server that runs on this data folder now, for a command that joins it; null when none answers. */
export async function runningPostgres(dataDir: string): Promise<string | null> {
  const sockets = await knownSocketFolder(join(resolve(dataDir), 'postgres'))
  if (sockets === null) return null
  return (await answers(sockets)) ? socketUrl(sockets, DATABASE) : null
}

type Server = {
  readonly cluster: string
  readonly sockets: string
  readonly start: () => Promise<number>
  readonly leftOver: number | null
}

async function prepare(folder: string, { log, durability }: EmbeddedSettings): Promise<Server> {
  const isThrowAway = durability === 'throw-away'
  const account = await serverAccount(folder)
  await giveFolder(folder, account)
  await removeUnfinished(folder)
  const binaries = await installBinaries(folder)
  const cluster = await makeCluster({ folder, binaries, account, isThrowAway })
  const sockets = await socketFolder({ folder, account, tmp: tmpdir() })
  const logFile = join(folder, 'server.log')
  const args = serverArguments({ cluster, sockets, isThrowAway })
  const leftOver = await settleLeftOver({ cluster, command: [binaries.postgres, ...args], log })
  const start = async () => {
    await turnLog(logFile)
    await removeStaleSocket(sockets)
    return launch({ postgres: binaries.postgres, args, cluster, account, logFile })
  }
  return { cluster, sockets, start, leftOver }
}

type LeftOver = {
  readonly cluster: string
  readonly command: readonly string[]
  readonly log: EmbeddedSettings['log']
}

/** Going on with a left-over server spares its recovery; one that another version or other settings started is stopped. */
async function settleLeftOver({ cluster, command, log }: LeftOver): Promise<number | null> {
  const pid = await findLeftOver(cluster)
  if (pid === null) return null
  if (commandLineOf(pid) === command.join(' ')) {
    log.warn({ pid }, 'the database server of a killed Heed is still running; going on with it')
    return (await becomesReady(pid, cluster)) ? pid : null
  }
  log.warn({ pid }, 'the database server of a killed Heed runs with other settings; stopping it')
  await shutDown(pid, cluster)
  return null
}

type Supervision = { readonly release: () => Promise<void>; readonly log: EmbeddedSettings['log'] }

async function supervise(server: Server, { release, log }: Supervision): Promise<EmbeddedPostgres> {
  let pid = server.leftOver ?? (await server.start())
  await prepareDatabase({ sockets: server.sockets, database: DATABASE })
  const restart = async () => {
    log.error({ pid }, 'the database server has died; starting it again')
    pid = await server.start()
    log.info({ pid }, 'the database server is running again')
  }
  const stopWatching = watch(() => (isServer(pid, server.cluster) ? Promise.resolve() : restart()), log)
  const stop = async () => {
    await stopWatching()
    await shutDown(pid, server.cluster)
    await release()
  }
  let stopped: Promise<void> | null = null
  return {
    url: socketUrl(server.sockets, DATABASE),
    get pid() {
      return pid
    },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** Looks after the server once a second, one look at a time; a look that fails is repeated. */
function watch(look: () => Promise<void>, log: EmbeddedSettings['log']): () => Promise<void> {
  let looking: Promise<void> | null = null
  const timer = setInterval(() => {
    looking ??= look()
      .catch((err) => log.error({ err }, 'the database server could not be started again'))
      .finally(() => {
        looking = null
      })
  }, WATCH_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await looking
  }
}

async function turnLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (file) => file.size,
    () => 0,
  )
  if (size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.1`)
}
