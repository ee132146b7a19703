import { resolve } from 'node:path'
import { type BackupReport, makeBackup } from '../store/backup/make-backup.ts'
import { type RestoreReport, restoreBackup } from '../store/backup/restore-backup.ts'
import { requireSupportedServer } from '../store/require-supported-server.ts'
import { type Installation, withDatabase } from './with-database.ts'

type Place = { readonly file: string; readonly now: Date }

/** Writes this installation's database into one file, while Heed runs or not. */
export async function backUp(installation: Installation, { file, now }: Place): Promise<BackupReport> {
  return withDatabase(installation, 'existing', ({ pool }) => makeBackup(pool, { file: resolve(file), now }))
}

/** Loads a backup into the empty database that the settings name. The next start applies the no-journal. */
export async function restoreInto(installation: Installation, file: string): Promise<RestoreReport> {
  return withDatabase(installation, 'may-be-new', async ({ pool }) => {
    if (installation.settings.databaseUrl !== null) await requireSupportedServer(pool)
    return restoreBackup(pool, resolve(file))
  })
}
