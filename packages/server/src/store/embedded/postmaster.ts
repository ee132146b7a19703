import { spawn } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CannotStart } from '../cannot-start.ts'
import { commandLineOf, isAlive } from './process-identity.ts'
import type { ServerAccount } from './server-account.ts'

const POLL_MS = 10
const START_ATTEMPTS = 40
const START_PAUSE_MS = 500
const SHUTDOWN_PATIENCE_MS = 60_000

type Launch = {
  readonly postgres: string
  readonly args: readonly string[]
  readonly cluster: string
  readonly account: ServerAccount
  readonly logFile: string
}

/**
 * The pid of the server that already runs on this cluster, because its Heed was killed; null when there is none.
 * A postmaster.pid that names nobody, or a process that only got the same pid, is removed: PostgreSQL would take the
 * latter for a running server and refuse to start.
 */
export async function findLeftOver(cluster: string): Promise<number | null> {
  const pid = await readPid(cluster)
  if (pid === null) return null
  if (isServer(pid, cluster)) return pid
  await rm(join(cluster, 'postmaster.pid'), { force: true })
  return null
}

/** True while this pid is the server of this cluster, and not a later process that got the same pid. */
export function isServer(pid: number, cluster: string): boolean {
  return isAlive(pid) && commandLineOf(pid)?.includes(`/bin/postgres -D ${cluster} `) === true
}

/**
 * Starts the server and waits until it takes connections. When a server has been killed, its busy sessions only notice at
 * their next wait and keep the memory they shared; PostgreSQL refuses to start beside them, so this tries again for a while.
 */
export async function launch(server: Launch): Promise<number> {
  for (let patience = START_ATTEMPTS; ; patience -= 1) {
    const pid = await spawnServer(server)
    if (await becomesReady(pid, server.cluster)) return pid
    const lastWords = await tailOf(server.logFile)
    if (patience === 0 || !lastWords.includes('is still in use')) {
      throw new CannotStart(`The embedded database did not start. The end of ${server.logFile}: ${lastWords}`)
    }
    await sleep(START_PAUSE_MS)
  }
}

/** False when the server died before it was ready. Crash recovery can take minutes, so there is no limit while it lives. */
export async function becomesReady(pid: number, cluster: string): Promise<boolean> {
  while (isAlive(pid)) {
    if ((await readStatus(cluster, pid)) === 'ready') return true
    await sleep(POLL_MS)
  }
  return false
}

/** In a session of its own: Ctrl-C in a terminal must reach Heed only, which stops the server last. */
async function spawnServer({ postgres, args, account, logFile }: Launch): Promise<number> {
  const log = await open(logFile, 'a', 0o600)
  const child = spawn(postgres, [...args], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    ...account,
  })
  const failed = new Promise<Error>((resolve) => child.once('error', resolve))
  await log.close()
  child.unref()
  if (child.pid !== undefined) return child.pid
  throw new CannotStart(`The embedded database's program ${postgres} could not be run.`, {
    cause: await failed,
  })
}

/** Fast shutdown; after a minute the immediate one, which loses nothing but the next start has to recover. */
export async function shutDown(pid: number, cluster: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isServer(pid, cluster)) return
    process.kill(pid, signal)
    if (await isGoneWithin(SHUTDOWN_PATIENCE_MS, pid)) return
  }
}

async function isGoneWithin(ms: number, pid: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += POLL_MS) {
    if (!isAlive(pid)) return true
    await sleep(POLL_MS)
  }
  return false
}

async function readPid(cluster: string): Promise<number | null> {
  const pid = Number((await readPidFile(cluster))[0])
  return Number.isInteger(pid) && pid > 0 ? pid : null
}

/** Line 8 of postmaster.pid is the server's own word on its state; the file of an earlier server has another pid. */
async function readStatus(cluster: string, pid: number): Promise<string> {
  const lines = await readPidFile(cluster)
  return Number(lines[0]) === pid ? (lines[7] ?? '').trim() : ''
}

async function readPidFile(cluster: string): Promise<readonly string[]> {
  try {
    return (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
  } catch {
    return []
  }
}

async function tailOf(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
  return lines.slice(-4).join(' | ')
}
