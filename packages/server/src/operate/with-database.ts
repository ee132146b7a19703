import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../settings.ts'
import { CannotStart } from '../store/cannot-start.ts'
import { type Database, openDatabase } from '../store/database.ts'
import {
  type EmbeddedSettings,
  runningPostgres,
  startEmbeddedPostgres,
} from '../store/embedded/start-embedded-postgres.ts'

/** A command sends its warnings to a person, who needs no more than these. */
export type CommandLog = EmbeddedSettings['log']

export type Installation = { readonly settings: Settings; readonly log: CommandLog }

/** What a command needs of the database: `may-be-new` makes an embedded one where there is none yet. */
export type Wanted = 'existing' | 'may-be-new'

/**
 * Hands this installation's database to `work`: the operator's own; the embedded one beside the Heed that runs on it; or,
 * when nothing runs, the embedded one started for as long as `work` takes.
 */
export async function withDatabase<Result>(
  installation: Installation,
  wanted: Wanted,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const { settings, log } = installation
  const url = settings.databaseUrl ?? (await runningPostgres(settings.dataDir))
  if (url !== null) return usingDatabase(url, work)
  if (wanted === 'existing') await requireCluster(settings.dataDir)
  const server = await startEmbeddedPostgres({ dataDir: settings.dataDir, log })
  try {
    return await usingDatabase(server.url, work)
  } finally {
    await server.stop()
  }
}

const CONNECTIONS = { control: 4, ingest: 1, gate: 1 }

async function usingDatabase<Result>(
  url: string,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = openDatabase({ url, connections: CONNECTIONS })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** A misspelt folder would otherwise become a new, empty installation. */
async function requireCluster(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'postgres', 'data')
  const isThere = await stat(cluster).then(
    () => true,
    () => false,
  )
  if (isThere) return
  throw new CannotStart(
    `There is no database in ${dataDir}. Name the data folder in HEED_DATA_DIR, or your own server in HEED_DATABASE_URL.`,
  )
}
