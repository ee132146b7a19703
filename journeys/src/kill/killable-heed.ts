import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { bootHeed, type Heed } from '../boot/boot-heed.ts'

/** A Heed as a new user has it, with a database of its own, that can be killed in every way there is. */
export type KillableHeed = {
  readonly heed: Heed
  /** Kills the process and leaves its database server running, an orphan. */
  readonly killNode: () => Promise<void>
  /** Kills the process and every process of its database, as a power cut would end them. */
  readonly killAll: () => Promise<void>
  /** Starts a Heed that is down and kills it again, this long after it has taken the folder. */
  readonly killWhileStarting: (afterMs: number) => Promise<void>
  /** Its database, looked at from outside. */
  readonly openDatabase: () => pg.Pool
}

export async function bootKillableHeed(): Promise<KillableHeed> {
  const heed = await bootHeed({ settings: { HEED_LOG_LEVEL: 'error' } })
  const folder = join(heed.dataDir, 'postgres')
  const killNode = async () => void (await heed.kill('SIGKILL'))
  return {
    heed,
    killNode,
    async killAll() {
      const postmaster = Number(
        (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0],
      )
      await killNode()
      // It leads a group of its own, with all its sessions in it.
      process.kill(-postmaster, 'SIGKILL')
    },
    async killWhileStarting(afterMs) {
      const before = await lastHolder(join(folder, 'lock'))
      const started = heed.restart().then(
        () => true,
        () => false,
      )
      const pid = await nextHolder(join(folder, 'lock'), before)
      await sleep(afterMs)
      process.kill(pid, 'SIGKILL')
      // It may just have been ready: then it is known, and gone.
      if (await started) await killNode()
    },
    openDatabase() {
      const pool = new pg.Pool({ host: join(folder, 'socket'), database: 'heed', user: 'heed', max: 2 })
      // The server is stopped while a failed test still has it open.
      return pool.on('error', () => {})
    },
  }
}

/** The process that took the folder last; it may be gone. */
async function lastHolder(locks: string): Promise<number> {
  const newest = Math.max(...(await readdir(locks)).filter((name) => /^\d+$/.test(name)).map(Number))
  return JSON.parse(await readFile(join(locks, String(newest)), 'utf8')).pid
}

/** The process that holds the folder now, once it is another than before. */
async function nextHolder(locks: string, before: number): Promise<number> {
  const pid = await lastHolder(locks)
  if (pid !== before) return pid
  await sleep(5)
  return nextHolder(locks, before)
}
