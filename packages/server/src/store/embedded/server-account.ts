import { execFileSync } from 'node:child_process'
import { chmod, chown, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CannotStart } from '../cannot-start.ts'

/** The user the database server runs as; null means the one Heed runs as. */
export type ServerAccount = { readonly uid: number; readonly gid: number } | null

/**
 * PostgreSQL refuses to run as root, and making a user is not Heed's business, so root lends it `nobody`.
 * A folder that already belongs to another user keeps that user.
 */
export async function serverAccount(folder: string): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return null
  const owner = await stat(folder)
  return owner.uid === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : { uid: owner.uid, gid: owner.gid }
}

/** Gives `folder` to the account and makes sure that the account can get there through every folder above it. */
export async function giveFolder(folder: string, account: ServerAccount): Promise<void> {
  if (account === null) return
  await giveOnly(folder, account)
  const dataDir = dirname(folder)
  const mode = (await stat(dataDir)).mode
  if (!mayPass(await stat(dataDir), account)) await chmod(dataDir, (mode & 0o777) | 0o011)
  const closed = await firstClosedFolder(dirname(dataDir), account)
  if (closed !== null) throw unreachable(dataDir, closed)
}

/** Gives one folder to the account, without looking at the way to it. */
export async function giveOnly(folder: string, account: ServerAccount): Promise<void> {
  if (account !== null) await chown(folder, account.uid, account.gid)
}

async function firstClosedFolder(path: string, account: NonNullable<ServerAccount>): Promise<string | null> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (!mayPass(await stat(folder), account)) return folder
    if (folder === dirname(folder)) return null
  }
}

type Permissions = { readonly uid: number; readonly gid: number; readonly mode: number }

function mayPass(folder: Permissions, account: NonNullable<ServerAccount>): boolean {
  if (folder.uid === account.uid) return (folder.mode & 0o100) !== 0
  if (folder.gid === account.gid) return (folder.mode & 0o010) !== 0
  return (folder.mode & 0o001) !== 0
}

function unreachable(dataDir: string, closed: string): CannotStart {
  return new CannotStart(
    `Heed runs as root, so its database server runs as the user nobody, who cannot enter ${closed} on the way to ${dataDir}. ` +
      'Set HEED_DATA_DIR to a folder everybody can reach (for example /var/lib/heed), run Heed as another user, or set HEED_DATABASE_URL.',
  )
}

function idOf(flag: '-u' | '-g'): number {
  try {
    return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8', stdio: 'pipe' }))
  } catch (cause) {
    throw new CannotStart(
      'Heed runs as root and this machine has no user nobody to run the database server as. Run Heed as another user, or set HEED_DATABASE_URL.',
      { cause },
    )
  }
}
