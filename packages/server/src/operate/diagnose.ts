import { join } from 'node:path'
import type { Settings } from '../settings.ts'
import { runningPostgres } from '../store/embedded/start-embedded-postgres.ts'
import { type Diagnosis, runDoctor } from './doctor.ts'

/** Examines this installation, running or not; starts nothing and changes nothing. */
export async function diagnose(settings: Settings, now: () => Date): Promise<Diagnosis> {
  return runDoctor({
    settings,
    databaseUrl: settings.databaseUrl ?? (await runningPostgres(settings.dataDir)),
    journalFolder: journalFolderOf(settings),
    now,
  })
}

export function journalFolderOf({ journalUrl, dataDir }: Settings): string {
  return journalUrl ?? join(dataDir, 'journal')
}
