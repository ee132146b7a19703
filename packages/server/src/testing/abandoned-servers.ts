import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from '../store/embedded/folder-lock.ts'
import { findLeftOver, shutDown } from '../store/embedded/postmaster.ts'

/** Begins the name of every folder that holds the server of a test run. */
export const RUN_FOLDER = 'heed-test-run-'

/** Stops and removes the servers of test runs that were killed before they could do it themselves. */
export async function removeAbandonedServers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataDir = join(tmpdir(), name)
    if (name.startsWith(RUN_FOLDER) && existsSync(join(dataDir, 'postgres', 'lock')))
      await removeUnlessHeld(dataDir)
  }
}

async function removeUnlessHeld(dataDir: string): Promise<void> {
  const cluster = join(dataDir, 'postgres', 'data')
  // Refused while the run that made it goes on.
  const lock = await lockFolder(join(dataDir, 'postgres'), async () => true).catch(() => null)
  if (lock === null) return
  const pid = await findLeftOver(cluster)
  if (pid !== null) await shutDown(pid, cluster)
  await rm(dataDir, { recursive: true, force: true })
}
