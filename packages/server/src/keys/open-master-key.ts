import path from 'node:path'
import type pg from 'pg'
import { inTransaction } from '../store/transaction.ts'
import { type MasterKey, MasterKeyError, parseMasterKey, wrongMasterKey } from './master-key.ts'
import { makeMasterKeyFile, readMasterKeyFile, replaceFile } from './master-key-file.ts'
import { insertMasterKey, lockMasterKeys, masterKeyIds } from './master-keys.store.ts'

export type MasterKeySettings = {
  /** `HEED_MASTER_KEY`, or null. */
  readonly configured: string | null
  readonly dataDir: string
  readonly pool: pg.Pool
  readonly now: () => Date
  readonly random: (size: number) => Buffer
}

/**
 * The master key from the settings, or else from the data folder, where it is made once. The database remembers the id of
 * its first master key, so that a lost or exchanged key is noticed here and not at the first person's data.
 * @throws MasterKeyError in words for the operator
 */
export async function openMasterKey(settings: MasterKeySettings): Promise<MasterKey> {
  const expected = await masterKeyIds(settings.pool)
  const { configured } = settings
  const key =
    configured === null
      ? await keyOfFolder(settings, expected)
      : parseMasterKey(configured, 'HEED_MASTER_KEY')
  await claimDatabase(settings, key)
  return key
}

/** Where the data folder keeps the key, and the one that `heed keys rotate` is changing to. */
export function masterKeyFiles(dataDir: string): { readonly file: string; readonly next: string } {
  const file = path.join(dataDir, 'master.key')
  return { file, next: `${file}.next` }
}

async function keyOfFolder(
  { dataDir, random }: MasterKeySettings,
  expected: readonly string[],
): Promise<MasterKey> {
  const { file, next } = masterKeyFiles(dataDir)
  const [only, ...others] = expected
  const found = await readMasterKeyFile(file)
  if (found !== null && (only === undefined || expected.includes(found.id))) return found

  // Killed after the database had changed keys and before the file did: the key in waiting is the right one.
  const waiting = await readMasterKeyFile(next)
  if (waiting !== null && only === waiting.id && others.length === 0) {
    await replaceFile(next, file)
    return waiting
  }
  if (found !== null) return found
  if (only === undefined) return makeMasterKeyFile(file, random)
  throw new MasterKeyError(
    `${file} is missing, but this database's keys are wrapped under master key ${expected.join(' or ')}. Put that key ` +
      'back or set HEED_MASTER_KEY: a new key could open nothing',
  )
}

async function claimDatabase({ pool, now }: MasterKeySettings, key: MasterKey): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockMasterKeys(client)
    const ids = await masterKeyIds(client)
    if (ids.length === 0) return insertMasterKey(client, { id: key.id, createdAt: now() })
    if (!ids.includes(key.id)) throw wrongMasterKey(key, ids)
  })
}
