import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '../log.ts'
import type { Settings } from '../settings.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { startEmbeddedPostgres } from '../store/embedded/start-embedded-postgres.ts'
import { ensureEventPartitions } from '../store/event-partitions.ts'
import { migrate } from '../store/migrate.ts'
import { requireSupportedServer } from '../store/require-supported-server.ts'

export type Storage = {
  readonly database: Database
  readonly url: string
  readonly close: () => Promise<void>
}

/** The operator's PostgreSQL, or our own in the data folder; migrated, with partitions for the months to come. */
export async function openStorage(
  settings: Settings,
  { log, now }: { log: Log; now: () => Date },
): Promise<Storage> {
  await makeDataFolder(settings.dataDir)
  const server =
    settings.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: settings.dataDir, log }) : null
  const url = settings.databaseUrl ?? server?.url ?? ''
  const database = openDatabase({ url, log })
  const close = async () => {
    await database.close()
    await server?.stop()
  }
  try {
    if (server === null) await requireSupportedServer(database.pool)
    await migrate(database.pool)
    await ensureEventPartitions(database.pool, now())
    return { database, url, close }
  } catch (cause) {
    await close()
    throw cause
  }
}

/** Only our own folder is private: the user that runs the embedded server must get through those above it. */
async function makeDataFolder(dataDir: string): Promise<void> {
  await mkdir(dirname(dataDir), { recursive: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
}
