import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type HeedClient } from '@heed/sdk'
import { createLog, type HeedServer, openDatabase, readSettings, startServer } from '@heed/server'
import { afterAll, inject } from 'vitest'
import { type Given, type Ran, runCommand } from './run-command.ts'

export const ADMIN_TOKEN = 'cli-tests-admin-token-01'
export const WRITE_KEY = 'cli-tests-write-key'

/** A whole Heed in this process, on a database and a data folder of its own, that can be stopped and started. */
export type TestHeed = {
  readonly dataDir: string
  readonly databaseUrl: string
  /** The HEED_… variables of this installation, for commands that are a server themselves. */
  readonly env: Readonly<Record<string, string>>
  readonly url: () => string
  readonly client: () => HeedClient
  /** A command with this Heed's address and token. */
  readonly run: (args: readonly string[], given?: Given) => Promise<Ran>
  readonly start: (more?: Readonly<Record<string, string>>) => Promise<void>
  readonly stop: () => Promise<void>
  /** Rows of a statement on its database. */
  readonly rows: (statement: string) => Promise<Record<string, unknown>[]>
}

/** For one test file: `const heed = await heedForTests()`, then `beforeAll(heed.start)`. */
export async function heedForTests(): Promise<TestHeed> {
  const databaseUrl = await cloneDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'heed-cli-'))
  const env = {
    HEED_DATABASE_URL: databaseUrl,
    HEED_DATA_DIR: dataDir,
    HEED_PORT: '0',
    HEED_ADMIN_TOKEN: ADMIN_TOKEN,
    HEED_WRITE_KEY: WRITE_KEY,
  }
  let server: HeedServer | null = null
  const url = () => server?.url ?? 'http://127.0.0.1:9'
  const stop = async () => {
    await server?.stop()
    server = null
  }
  afterAll(async () => {
    await stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return {
    dataDir,
    databaseUrl,
    env,
    url,
    client: () => createClient({ baseUrl: url(), token: ADMIN_TOKEN }),
    run: (args, given = {}) =>
      runCommand(args, { ...given, env: { ...env, HEED_URL: url(), HEED_TOKEN: ADMIN_TOKEN, ...given.env } }),
    async start(more = {}) {
      server = await startServer({
        settings: settingsOf({ ...env, ...more }),
        log: createLog({ level: 'silent' }),
      })
    },
    stop,
    rows: (statement) => rowsOf(databaseUrl, statement),
  }
}

let clones = 0

/** A migrated database without a row in it, dropped after this test file. */
export async function cloneDatabase(from: 'template' | 'nothing' = 'template'): Promise<string> {
  const { url: serverUrl, template } = inject('testServer')
  clones += 1
  const name = `${template}_cli_${process.pid}_${clones}_${Date.now().toString(36)}`
  await rowsOf(serverUrl, `create database ${name}${from === 'template' ? ` template ${template}` : ''}`)
  afterAll(async () => {
    await rowsOf(serverUrl, `drop database if exists ${name} with (force)`)
  })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function rowsOf(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const database = openDatabase({ url, connections: { control: 1, ingest: 1, gate: 1 } })
  const { rows } = await database.pool.query(statement).finally(database.close)
  return rows
}

function settingsOf(env: Record<string, string>) {
  const read = readSettings(env)
  if (read.kind === 'wrong') throw new Error(read.problems.join())
  return read.settings
}
