import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { resealSigningKeys } from '../audit/signing-key.ts'
import { keepJournalKey } from '../journal/journal-key.ts'
import { type MasterKey, MasterKeyError, parseMasterKey } from '../keys/master-key.ts'
import { makeMasterKeyFile, readMasterKeyFile } from '../keys/master-key-file.ts'
import { masterKeyFiles } from '../keys/open-master-key.ts'
import { type MasterRotation, rotateMasterKey } from '../keys/rotate-master-key.ts'
import { rotateMasterKeyFile } from '../keys/rotate-master-key-file.ts'
import type { Database } from '../store/database.ts'
import { inTransaction } from '../store/transaction.ts'
import { journalFolderOf } from './diagnose.ts'
import { type Installation, withDatabase } from './with-database.ts'

export type MasterKeyChange = {
  /** Where the new key lies, or is made; null: the key is the data folder's own and is changed there. */
  readonly newKeyFile: string | null
  readonly now: () => Date
  readonly random: (size: number) => Buffer
  readonly onProgress: NonNullable<MasterRotation['onProgress']>
}

export type MasterKeyChanged = {
  readonly from: string
  readonly to: string
  readonly rewrapped: number
  /** Where the operator takes the new key from; null when the data folder has it already. */
  readonly newKeyFile: string | null
}

type Keys = { readonly from: MasterKey; readonly to: MasterKey }

/** Puts another master key in the place of this one, everywhere it is used. After a kill it is called again. */
export async function changeMasterKey(
  installation: Installation,
  change: MasterKeyChange,
): Promise<MasterKeyChanged> {
  const keys = await keysOf(installation, change)
  return withDatabase(installation, 'existing', async (database) => {
    await keepJournalReadable(journalFolderOf(installation.settings), keys)
    // First, while the old key is still kept: a start that meets only the new one would throw the old one away.
    await reseal(database, keys)
    const rewrapped = await rewrap({ installation, database, change, keys })
    await reseal(database, keys)
    return { from: keys.from.id, to: keys.to.id, rewrapped, newKeyFile: change.newKeyFile }
  })
}

async function keysOf({ settings }: Installation, { newKeyFile, random }: MasterKeyChange): Promise<Keys> {
  const { file, next } = masterKeyFiles(settings.dataDir)
  if (settings.masterKey !== null && newKeyFile === null)
    throw new MasterKeyError(
      'The master key comes from HEED_MASTER_KEY. Name a file for the new one: heed keys rotate master --to FILE',
    )
  if (settings.masterKey === null && newKeyFile !== null)
    throw new MasterKeyError(`The master key lies in ${file} and is changed there; leave --to out.`)
  const from =
    settings.masterKey === null
      ? await readMasterKeyFile(file)
      : parseMasterKey(settings.masterKey, 'HEED_MASTER_KEY')
  if (from === null) throw new MasterKeyError(`There is no ${file} and HEED_MASTER_KEY is not set.`)
  const target = newKeyFile === null ? next : resolve(newKeyFile)
  const to = (await readMasterKeyFile(target)) ?? (await makeMasterKeyFile(target, random))
  return { from, to }
}

type Rewrapping = {
  readonly installation: Installation
  readonly database: Database
  readonly change: MasterKeyChange
  readonly keys: Keys
}

function rewrap({ installation, database, change, keys }: Rewrapping): Promise<number> {
  const { now, random, onProgress } = change
  const { dataDir } = installation.settings
  if (change.newKeyFile === null)
    return rotateMasterKeyFile({ pool: database.pool, dataDir, now, random, onProgress })
  return rotateMasterKey({ pool: database.pool, ...keys, now, onProgress })
}

/** Before the first start there is no journal, and its key will be the new master key's. */
async function keepJournalReadable(folder: string, keys: Keys): Promise<void> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  )
  if (isThere) await keepJournalKey(folder, keys)
}

async function reseal({ pool }: Database, keys: Keys): Promise<void> {
  await inTransaction(pool, (client) => resealSigningKeys(client, keys))
}
