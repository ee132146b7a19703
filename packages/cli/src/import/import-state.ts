import { open, readFile, rename } from 'node:fs/promises'
import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import type { Tally } from './tally.ts'

/** How far an import has come, as its progress file says. */
export type ImportState = {
  readonly format: 'heed-import'
  readonly version: 1
  /** Digest of the file that is imported. */
  readonly file: string
  /** Where to: the server's address and a digest of the write key. */
  readonly target: string
  /** Every line up to this one has its verdict. */
  readonly lines: number
  readonly tally: Tally
  readonly finishedAt: string | null
}

export async function readState(path: string): Promise<ImportState | null> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw new CommandError(EXIT.usage, `The progress file cannot be read (${cause.code}).`, { cause })
  })
  if (text === null) return null
  const state = parsed(text)
  if (isState(state)) return state
  throw new CommandError(EXIT.usage, 'The progress file holds something else; name another one with --state.')
}

/** Durably and whole: after a power cut the file says what was acknowledged, or a little less, and never half of it. */
export async function writeState(path: string, state: ImportState): Promise<void> {
  const part = `${path}.part`
  const file = await open(part, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(state)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isState(value: unknown): value is ImportState {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === 'heed-import' &&
    'version' in value &&
    value.version === 1 &&
    'tally' in value
  )
}
