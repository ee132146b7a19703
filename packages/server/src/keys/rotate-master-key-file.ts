import { MasterKeyError } from './master-key.ts'
import { makeMasterKeyFile, readMasterKeyFile, replaceFile } from './master-key-file.ts'
import { masterKeyFiles } from './open-master-key.ts'
import { type MasterRotation, rotateMasterKey } from './rotate-master-key.ts'

export type FileRotation = Omit<MasterRotation, 'from' | 'to'> & {
  readonly dataDir: string
  readonly random: (size: number) => Buffer
}

/**
 * Changes the master key that lies in the data folder. The new key waits in `master.key.next` until the database answers
 * to it alone; a kill at any moment is mended by calling this again, and a start in between takes the right one.
 * @returns how many keys this call has wrapped anew
 */
export async function rotateMasterKeyFile({ dataDir, random, ...rotation }: FileRotation): Promise<number> {
  const { file, next } = masterKeyFiles(dataDir)
  const from = await readMasterKeyFile(file)
  if (from === null)
    throw new MasterKeyError(`there is no ${file}: the master key comes from HEED_MASTER_KEY`)
  const to = (await readMasterKeyFile(next)) ?? (await makeMasterKeyFile(next, random))
  const rewrapped = await rotateMasterKey({ ...rotation, from, to })
  await replaceFile(next, file)
  return rewrapped
}
