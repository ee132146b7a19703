import { readFile, rename, writeFile } from 'node:fs/promises'
import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'

/** What was true of a log when somebody last verified it. */
export type KeptLook = {
  /** Public keys, base64url. */
  readonly keys: readonly string[]
  /** The signed note; null when nothing had been signed. */
  readonly checkpoint: string | null
}

/** The look that this file holds, or null when there is no such file. */
export async function keptLook(file: string): Promise<KeptLook | null> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw new CommandError(EXIT.usage, `The file of --keep cannot be read (${cause.code}).`, { cause })
  })
  return text === null ? null : parseLook(text)
}

export async function keepLook(file: string, look: KeptLook): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(look, null, 2)}\n`)
  await rename(`${file}.part`, file)
}

function parseLook(text: string): KeptLook {
  const look: unknown = parsed(text)
  if (isLook(look)) return look
  throw new CommandError(
    EXIT.usage,
    'The file of --keep holds something else; it was not written by this command.',
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isLook(value: unknown): value is KeptLook {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !('checkpoint' in value))
    return false
  const isNote = value.checkpoint === null || typeof value.checkpoint === 'string'
  return isNote && Array.isArray(value.keys) && value.keys.every((key) => typeof key === 'string')
}
