import { readFile, stat } from 'node:fs/promises'
import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'

/** What is to be put right of a person. */
export type ProfileOptions = { readonly trait?: readonly string[]; readonly traits?: string }

/** The server takes 32 KiB of JSON; blanks between may make a file longer. */
const MOST_BYTES = 256 * 1024

/** The traits of the file, and over them those of the command line. */
export async function readTraits({ trait = [], traits }: ProfileOptions): Promise<Record<string, unknown>> {
  const ofFile = traits === undefined ? {} : await traitsInFile(traits)
  return { ...ofFile, ...Object.fromEntries(trait.map(traitOf)) }
}

function traitOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at < 1) throw new CommandError(EXIT.usage, 'What --trait holds must look like name=value.')
  return [pair.slice(0, at).trim(), pair.slice(at + 1)]
}

async function traitsInFile(path: string): Promise<object> {
  const { size } = await stat(path).catch(refuse)
  if (size > MOST_BYTES) throw new CommandError(EXIT.usage, 'The file of --traits is too large.')
  const value = parsed(await readFile(path, 'utf8').catch(refuse))
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new CommandError(EXIT.usage, 'The file of --traits must hold one JSON object.')
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The error of the parser quotes what it could not read.
    throw new CommandError(EXIT.usage, 'The file of --traits must hold one JSON object.')
  }
}

function refuse(cause: NodeJS.ErrnoException): never {
  const sentence = `The file of --traits cannot be read (${cause.code ?? 'unknown'}).`
  throw new CommandError(EXIT.usage, sentence, { cause })
}
