import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { MASTER_KEY_BYTES, type MasterKey, MasterKeyError, parseMasterKey } from './master-key.ts'

/** The master key of this file, or null when there is none. @throws MasterKeyError when others may read it */
export async function readMasterKeyFile(file: string): Promise<MasterKey | null> {
  const [found] = await Promise.allSettled([stat(file)])
  if (found.status === 'rejected') {
    if (codeOf(found.reason) === 'ENOENT') return null
    throw found.reason
  }
  if ((found.value.mode & EVERYBODY) !== 0) {
    throw new MasterKeyError(
      `${file} may be read or changed by every user of this machine. Run: chmod 600 ${file}`,
    )
  }
  return parseMasterKey(await readFile(file, 'utf8'), file)
}

/**
 * Makes the file with a new key in it, unless somebody makes it at the same time: then theirs is the key.
 *
 * Written under another name, forced to disk and then linked: a name that exists always leads to a whole key, and of two
 * starts at once exactly one wins. A kill on the way leaves a `.tmp` file with a key nobody uses.
 */
export async function makeMasterKeyFile(file: string, random: (size: number) => Buffer): Promise<MasterKey> {
  const folder = path.dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${random(8).toString('hex')}.tmp`
  await writeDurably(draft, `${random(MASTER_KEY_BYTES).toString('base64')}\n`)
  const [linked] = await Promise.allSettled([link(draft, file)])
  await rm(draft)
  if (linked.status === 'rejected' && codeOf(linked.reason) !== 'EEXIST') throw linked.reason
  await syncFolder(folder)
  const made = await readMasterKeyFile(file)
  if (made === null) throw new MasterKeyError(`${file} was removed while it was being made`)
  return made
}

/** Puts a file in another's place, durably. */
export async function replaceFile(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(path.dirname(to))
}

const EVERYBODY = 0o007
const OWNER_ONLY = 0o600

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A name is durable only when its folder has been forced to disk, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
