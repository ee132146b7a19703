import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { giveOnly, type ServerAccount } from './server-account.ts'

/** The kernel takes 107 bytes for the path of a Unix socket (103 on macOS); PostgreSQL adds `/.s.PGSQL.5432.lock` to it. */
const LONGEST_FOLDER = 103 - '/.s.PGSQL.5432.lock'.length

type Place = { readonly folder: string; readonly account: ServerAccount; readonly tmp: string }

/**
 * Where the server listens: in the data folder, or, when that path is too long for a socket, in a private folder under the
 * system's temporary one, whose name is kept in the data folder. Only the server's user may enter either, so the sockets
 * need no password.
 */
export async function socketFolder({ folder, account, tmp }: Place): Promise<string> {
  const inside = join(folder, 'socket')
  const path = Buffer.byteLength(inside) <= LONGEST_FOLDER ? inside : await shortFolder(folder, tmp)
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
  await giveOnly(path, account)
  return path
}

/** The folder that `socketFolder` chose at an earlier start; null when there has been none. */
export async function knownSocketFolder(folder: string): Promise<string | null> {
  const inside = join(folder, 'socket')
  return Buffer.byteLength(inside) <= LONGEST_FOLDER ? inside : recordedFolder(folder)
}

/** A killed server leaves its socket and a lock with its pid, which by now may be somebody else's. */
export async function removeStaleSocket(sockets: string): Promise<void> {
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) await rm(join(sockets, name), { force: true })
}

async function shortFolder(folder: string, tmp: string): Promise<string> {
  const recorded = await recordedFolder(folder)
  if (recorded !== null && (await isPrivate(recorded))) return recorded
  const made = await mkdtemp(join(tmp, 'heed-'))
  await writeFile(recordOf(folder), made)
  return made
}

/** Anybody may make a folder of a known name under /tmp while it is missing; one that others could enter is not used. */
async function isPrivate(path: string): Promise<boolean> {
  try {
    const { mode, uid } = await stat(path)
    const isOurs = process.getuid?.() === 0 || uid === process.getuid?.()
    return (mode & 0o077) === 0 && isOurs
  } catch {
    return false
  }
}

async function recordedFolder(folder: string): Promise<string | null> {
  try {
    return (await readFile(recordOf(folder), 'utf8')).trim()
  } catch {
    return null
  }
}

function recordOf(folder: string): string {
  return join(folder, 'socket-folder')
}
