import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../store/embedded/start-embedded-postgres.ts'
import { ensureEventPartitions } from '../store/event-partitions.ts'
import { migrate } from '../store/migrate.ts'
import { RUN_FOLDER, removeAbandonedServers } from './abandoned-servers.ts'
import { rememberSeeds } from './truncate-tables.ts'

/** What the test files of a run need to know to get a database of their own. */
export type TestServer = { readonly url: string; readonly template: string }

type RunningServer = { readonly url: string; readonly stop: () => Promise<void> }

/** One server with one migrated template database for a whole run. `stop` drops everything the run has made. */
export async function startTestServer(
  externalUrl: string | null,
): Promise<TestServer & { stop: () => Promise<void> }> {
  const server = externalUrl === null ? await startThrowAway() : { url: externalUrl, stop: async () => {} }
  const template = `heed_test_${process.pid}_${Date.now().toString(36)}`
  try {
    await makeTemplate(server.url, template)
  } catch (cause) {
    await dropDatabases(server.url, template)
    await server.stop()
    throw cause
  }
  return {
    url: server.url,
    template,
    async stop() {
      // A throw-away server takes its databases along.
      if (externalUrl !== null) await dropDatabases(server.url, template)
      await server.stop()
    },
  }
}

export function databaseUrl(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** Runs one statement that cannot stand in a transaction, such as `create database`. */
export async function runAlone(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * Drops a database when its last session has gone. PostgreSQL waits five seconds for that; a session that a test has left
 * open is then ended by force.
 */
export async function dropDatabase(url: string, name: string): Promise<void> {
  const drop = `drop database if exists ${name}`
  await runAlone(url, drop).catch(() => runAlone(url, `${drop} with (force)`))
}

async function startThrowAway(): Promise<RunningServer> {
  await removeAbandonedServers()
  const dataDir = await mkdtemp(join(tmpdir(), RUN_FOLDER))
  const log = { info() {}, warn() {}, error: console.error }
  const server = await startEmbeddedPostgres({ dataDir, log, durability: 'throw-away' })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function makeTemplate(url: string, template: string): Promise<void> {
  await runAlone(url, `create database ${template}`)
  const pool = new pg.Pool({ connectionString: databaseUrl(url, template), max: 2 })
  try {
    await migrate(pool)
    await ensureEventPartitions(pool, new Date())
    await rememberSeeds(pool)
  } finally {
    await pool.end()
  }
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [prefix],
  )
  await client.end()
  for (const { datname } of rows) await dropDatabase(url, datname)
}
