import { spawn } from 'node:child_process'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CannotStart } from '../cannot-start.ts'
import { argumentsOf, isAlive } from './process-identity.ts'
import type { ServerAccount } from './server-account.ts'

const POLL_MS = 10
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
  if (isServerOf(cluster, pid)) return pid
  await rm(join(cluster, 'postmaster.pid'), { force: true })
  return null
}

/** Starts the server in a session of its own: Ctrl-C in a terminal must reach Heed only, which stops the server last. */
export async function launch({ postgres, args, cluster, account, logFile }: Launch): Promise<number> {
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
  if (child.pid === undefined) {
    throw new CannotStart(`The embedded database's program ${postgres} could not be run.`, {
      cause: await failed,
    })
  }
  await untilReady({ pid: child.pid, cluster, logFile })
  return child.pid
}

/** Crash recovery can take minutes, so there is no limit while the server lives. */
export async function untilReady({ pid, cluster, logFile }: Running): Promise<void> {
  while ((await readStatus(cluster, pid)) !== 'ready') {
    if (!isAlive(pid)) throw new CannotStart(`The embedded database did not start. ${await tailOf(logFile)}`)
    await sleep(POLL_MS)
  }
}

type Running = { readonly pid: number; readonly cluster: string; readonly logFile: string }

/** Fast shutdown; after a minute the immediate one, which loses nothing but the next start has to recover. */
export async function shutDown(pid: number): Promise<void> {
  signal(pid, 'SIGINT')
  if (await isGoneWithin(pid, SHUTDOWN_PATIENCE_MS)) return
  signal(pid, 'SIGQUIT')
  await isGoneWithin(pid, SHUTDOWN_PATIENCE_MS)
}

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += POLL_MS) {
    if (!isAlive(pid)) return true
    await sleep(POLL_MS)
  }
  return false
}

function signal(pid: number, name: NodeJS.Signals): void {
  if (isAlive(pid)) process.kill(pid, name)
}

function isServerOf(cluster: string, pid: number): boolean {
  const args = argumentsOf(pid)
  if (args === null || !isAlive(pid)) return false
  return args[0]?.endsWith('postgres') === true && args.includes(cluster)
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
  return `The end of ${logFile}: ${lines.slice(-4).join(' | ')}`
}
