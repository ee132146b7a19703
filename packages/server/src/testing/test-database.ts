import { afterAll, beforeEach, inject } from 'vitest'
import { type Database, openDatabase } from '../store/database.ts'
import { databaseUrl, dropDatabase, runAlone } from './test-server.ts'
import { truncateTables } from './truncate-tables.ts'

export type TestDatabase = Database & {
  readonly url: string
  /** Empties every table and puts back what the migrations had written. Runs before every test by itself. */
  readonly truncate: () => Promise<void>
}

let clones = 0

/**
 * A migrated database for this test file: `const db = await testDatabase()` at the top of it. Its tables are emptied
 * before every test and it is dropped after the last. `{ truncates: false }` keeps rows from one test to the next.
 */
export async function testDatabase({ truncates = true } = {}): Promise<TestDatabase> {
  const { url: serverUrl, template } = inject('testServer')
  clones += 1
  const name = `${template}_${process.pid}_${clones}_${Date.now().toString(36)}`
  await runAlone(serverUrl, `create database ${name} template ${template}`)
  const url = databaseUrl(serverUrl, name)
  const database = openDatabase({ url, connections: { control: 10, ingest: 8, gate: 4 } })
  const truncate = () => truncateTables(database.pool)
  if (truncates) beforeEach(truncate)
  afterAll(async () => {
    await database.close()
    await dropDatabase(serverUrl, name)
  })
  return { ...database, url, truncate }
}

/** An empty database, without a single table, for this test file. */
export async function emptyDatabase(): Promise<{ readonly url: string }> {
  const { url: serverUrl } = inject('testServer')
  clones += 1
  const name = `${inject('testServer').template}_empty_${process.pid}_${clones}`
  await runAlone(serverUrl, `create database ${name}`)
  afterAll(() => dropDatabase(serverUrl, name))
  return { url: databaseUrl(serverUrl, name) }
}
