import { ensureEventPartitions } from '../store/event-partitions.ts'
import { migrate } from '../store/migrate.ts'
import { requireSupportedServer } from '../store/require-supported-server.ts'
import { type Installation, withDatabase } from './with-database.ts'

/** Brings the database to the newest version, as every start does. @returns the names of the migrations it has applied */
export async function migrateDatabase(installation: Installation, now: Date): Promise<readonly string[]> {
  return withDatabase(installation, 'may-be-new', async ({ pool }) => {
    if (installation.settings.databaseUrl !== null) await requireSupportedServer(pool)
    const applied = await migrate(pool)
    await ensureEventPartitions(pool, now)
    return applied.map(({ version, name }) => `${String(version).padStart(4, '0')}-${name}`)
  })
}
