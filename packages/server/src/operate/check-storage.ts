import { constants } from 'node:fs'
import { access, readdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Settings } from '../settings.ts'
import { type Finding, fine, risky, wrong } from './finding.ts'

const GIB = 1024 ** 3
const LEAST_FREE_BYTES = GIB
const COMFORTABLE_FREE_BYTES = 10 * GIB

/** The data folder and the no-journal: there, writable, with room. */
export async function checkStorage(parts: {
  readonly settings: Settings
  readonly journalFolder: string
}): Promise<readonly Finding[]> {
  return [await checkSpace(parts.settings), ...(await checkJournal(parts))]
}

async function checkSpace({ dataDir }: Settings): Promise<Finding> {
  const space = await statfs(await nearestFolder(dataDir)).catch(() => null)
  if (space === null) return wrong('disk-space', `${dataDir} cannot be looked at.`, 'Check the permissions.')
  const freeBytes = space.bavail * space.bsize
  const says = `${(freeBytes / GIB).toFixed(1)} GiB are free where ${dataDir} lies.`
  if (freeBytes < LEAST_FREE_BYTES) return wrong('disk-space', says, 'Make room before PostgreSQL stops.')
  return freeBytes < COMFORTABLE_FREE_BYTES
    ? risky('disk-space', says, 'Make room soon.')
    : fine('disk-space', says)
}

async function checkJournal(parts: { settings: Settings; journalFolder: string }): Promise<Finding[]> {
  const { settings, journalFolder } = parts
  const folder = await nearestFolder(journalFolder)
  if (!(await isWritable(folder))) {
    return [
      wrong(
        'journal',
        `${folder} cannot be written to: no opt-out could be answered.`,
        'Correct its permissions.',
      ),
    ]
  }
  return [await describeChains(journalFolder), ...checkSharing(settings)]
}

async function describeChains(folder: string): Promise<Finding> {
  const names = await readdir(folder).catch((): string[] => [])
  const chains = names.filter((name) => name.endsWith('.journal')).length
  if (chains > 0) return fine('journal', `${chains} no-journals lie in ${folder}.`)
  return risky(
    'journal',
    `There is no no-journal in ${folder}: until one is written, a restored backup would forget every "no".`,
    'Right before the first start. Otherwise put the journal back before starting: see docs/operate/backup-restore.md.',
  )
}

function checkSharing({ databaseUrl, journalUrl }: Settings): Finding[] {
  if (databaseUrl === null || journalUrl !== null) return []
  const remedy =
    'Set HEED_JOURNAL_URL to a folder that every node can write to, on another disk than the database.'
  return [
    risky('journal-sharing', 'The no-journal is in the data folder, so a second node is refused.', remedy),
  ]
}

async function isWritable(folder: string): Promise<boolean> {
  const found = await stat(folder)
  if (!found.isDirectory()) return false
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** The folder itself, or the one above it in which it would be made. */
async function nearestFolder(folder: string): Promise<string> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  )
  const above = dirname(folder)
  return isThere || above === folder ? folder : nearestFolder(above)
}
