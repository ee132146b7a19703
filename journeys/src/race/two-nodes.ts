import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { bootHeed, type Heed } from '../boot/boot-heed.ts'
import { cloneDatabase } from '../boot/clone-database.ts'
import { serverKeyOf } from './server-key.ts'

/** Two Heed processes on one database, as two machines would run them: each with its own data folder and source. */
export type TwoNodes = {
  readonly nodes: readonly [Heed, Heed]
  readonly serverKey: string
  readonly database: pg.Pool
  readonly stop: () => Promise<void>
}

export async function startTwoNodes(): Promise<TwoNodes> {
  const clone = await cloneDatabase()
  const database = new pg.Pool({ connectionString: clone.url, max: 4 })
  const journal = await mkdtemp(join(tmpdir(), 'heed-race-journal-'))
  const settings = {
    HEED_MASTER_KEY: randomBytes(32).toString('base64'),
    HEED_JOURNAL_URL: journal,
    HEED_LOG_LEVEL: 'error',
  }
  const first = await bootHeed({ databaseUrl: clone.url, settings })
  const second = await bootHeed({ databaseUrl: clone.url, settings })
  return {
    nodes: [first, second],
    serverKey: await serverKeyOf(first),
    database,
    async stop() {
      await Promise.all([first.remove(), second.remove()])
      await database.end()
      await clone.drop()
      await rm(journal, { recursive: true, force: true })
    },
  }
}
