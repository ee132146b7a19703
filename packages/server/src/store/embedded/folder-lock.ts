import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CannotStart } from '../cannot-start.ts'
import { fateOf, type ProcessIdentity, thisProcess } from './process-identity.ts'

export type FolderLock = { readonly release: () => Promise<void> }

type Holder = ProcessIdentity & { readonly released: boolean }

/**
 * One Heed per data folder. Throws a sentence with the other one's pid when it is alive.
 *
 * Node has no flock, so the lock is a chain of numbered files: whoever finds the newest holder gone tries to create the
 * next number, and `link` lets exactly one succeed. A released lock stays as a file that says so, because a number that
 * could be used twice would let a slow starter win beside a fast one.
 *
 * `answersElsewhere` decides about a holder in another container, whose pids mean nothing here.
 */
export async function lockFolder(
  folder: string,
  answersElsewhere: () => Promise<boolean>,
): Promise<FolderLock> {
  const locks = join(folder, 'lock')
  await mkdir(locks, { recursive: true, mode: 0o700 })
  for (;;) {
    const newest = await newestNumber(locks)
    const holder = await readHolder(join(locks, String(newest)))
    if (holder !== null && (await isHeld(holder, answersElsewhere))) throw refusal(folder, holder)
    const mine = newest + 1
    if (await claim(locks, mine)) {
      await removeOlder(locks, mine)
      return { release: () => writeHolder(join(locks, String(mine)), { ...thisProcess(), released: true }) }
    }
  }
}

async function isHeld(holder: Holder, answersElsewhere: () => Promise<boolean>): Promise<boolean> {
  if (holder.released) return false
  const fate = fateOf(holder)
  return fate === 'unknown' ? answersElsewhere() : fate === 'alive'
}

function refusal(folder: string, holder: Holder): CannotStart {
  return new CannotStart(
    `Heed is already running on ${folder} as process ${holder.pid}. Stop that one first, or name another folder in HEED_DATA_DIR.`,
  )
}

/** True when this process now holds the newest number. A claim that others have overtaken meanwhile is taken back. */
async function claim(locks: string, number: number): Promise<boolean> {
  const path = join(locks, String(number))
  const draft = join(locks, `draft-${randomUUID()}`)
  await writeFile(draft, JSON.stringify({ ...thisProcess(), released: false }), { mode: 0o600 })
  const linked = await linkUnlessTaken(draft, path)
  await rm(draft, { force: true })
  if (!linked) return false
  if ((await newestNumber(locks)) === number) return true
  await rm(path, { force: true })
  return false
}

async function linkUnlessTaken(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw new CannotStart(
      `The lock ${path} could not be made; the folder must be on a file system with hard links.`,
      {
        cause,
      },
    )
  }
}

async function newestNumber(locks: string): Promise<number> {
  const numbers = (await readdir(locks)).filter((name) => /^\d+$/.test(name)).map(Number)
  return Math.max(0, ...numbers)
}

async function removeOlder(locks: string, mine: number): Promise<void> {
  for (const name of await readdir(locks)) {
    if (/^\d+$/.test(name) && Number(name) < mine) await rm(join(locks, name), { force: true })
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw new CannotStart(`The lock ${path} cannot be read; remove it when no Heed is running.`, { cause })
  }
}

/** Written beside and renamed, so that no reader ever sees half of it. */
async function writeHolder(path: string, holder: Holder): Promise<void> {
  const draft = `${path}.draft`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 })
  await rename(draft, path)
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
