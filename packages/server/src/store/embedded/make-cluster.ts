import { execFile } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CannotStart } from '../cannot-start.ts'
import { manyAtOnce } from './many-at-once.ts'
import { giveOnly, type ServerAccount } from './server-account.ts'
import type { ServerBinaries } from './server-binaries.ts'

export const SUPERUSER = 'heed'

type NewCluster = {
  readonly folder: string
  readonly binaries: ServerBinaries
  readonly account: ServerAccount
  readonly isThrowAway: boolean
}

/** Makes the database cluster if there is none, and returns its folder. A half-made one never gets the final name. */
export async function makeCluster({ folder, binaries, account, isThrowAway }: NewCluster): Promise<string> {
  const cluster = join(folder, 'data')
  if ((await readdir(folder)).includes('data')) {
    await refuseOtherMajor(cluster, binaries)
    return cluster
  }
  const draft = await mkdtemp(join(folder, 'making-'))
  await giveOnly(draft, account)
  await initdb(binaries, { draft, account })
  await writeFile(join(draft, 'pg_hba.conf'), ACCESS)
  if (!isThrowAway) await syncTree(draft)
  await rename(draft, cluster)
  await syncFile(folder)
  return cluster
}

/** Who can open the socket is in: its folder lets only the server's own user and root through. */
const ACCESS = 'local all all trust\n'

type Draft = { readonly draft: string; readonly account: ServerAccount }

/** Text sorts by code point and folds by Unicode on every machine: a system's locale would tie the indexes to its libc. */
async function initdb(binaries: ServerBinaries, { draft, account }: Draft): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const args = ['-D', draft, '-U', SUPERUSER, '--auth=trust', '--no-instructions', '--no-sync', ...locale]
  try {
    await promisify(execFile)(binaries.initdb, args, {
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      ...account,
    })
  } catch (cause) {
    throw new CannotStart(`The embedded database could not be made: ${lastLines(cause)}`, { cause })
  }
}

function lastLines(cause: unknown): string {
  const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause)
  return text.trim().split('\n').slice(-3).join(' ')
}

async function refuseOtherMajor(cluster: string, binaries: ServerBinaries): Promise<void> {
  const made = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  const major = binaries.version.split('.')[0]
  if (made === major) return
  throw new CannotStart(
    `The database in ${cluster} was made by PostgreSQL ${made}, and this Heed brings PostgreSQL ${major}. ` +
      'Make a backup with the Heed that made it and restore that into a new HEED_DATA_DIR.',
  )
}

/**
 * On disk before anything relies on it. initdb does this file by file, which is four fifths of its time (2.4 of 3.0 s); many
 * at once share the journal writes of the file system (0.5 s).
 */
async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = [folder, ...entries.map(({ parentPath, name }) => join(parentPath, name))]
  await manyAtOnce(paths, syncFile)
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path)
  await handle.sync()
  await handle.close()
}
