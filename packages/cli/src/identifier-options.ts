import type { NamedIdentifier } from '@heed/sdk'
import type { Command } from 'commander'
import { CommandError } from './command-error.ts'
import { EXIT } from './exit-codes.ts'
import type { Shell } from './shell.ts'

/** The ways to name a person on the command line; each can be given several times. */
export type IdentifierOptions = {
  readonly email?: readonly string[]
  readonly userId?: readonly string[]
  readonly anonymousId?: readonly string[]
  readonly phone?: readonly string[]
  readonly deviceId?: readonly string[]
  readonly kind?: readonly string[]
  readonly stdin?: true
}

export function addIdentifierOptions(command: Command): Command {
  return command
    .option('--email <address>', 'an e-mail address', collect)
    .option('--user-id <id>', 'a user id', collect)
    .option('--anonymous-id <id>', "a browser's or app's own id", collect)
    .option('--phone <number>', 'a telephone number, with its country code', collect)
    .option('--device-id <id>', "a device's id", collect)
    .option('--kind <kind=value>', 'an identifier of any kind, such as csuId=4711', collect)
    .option('--stdin', 'read kind=value lines from standard input: they enter no shell history')
}

/** Everything that was named, by options and on standard input; at least one. */
export async function identifiersOf(options: IdentifierOptions, shell: Shell): Promise<NamedIdentifier[]> {
  const lines = options.stdin === true ? (await shell.readInput()).split(/\r?\n/) : []
  const named = [
    ...KINDS.flatMap((kind) => (options[kind] ?? []).map((value) => ({ kind, value }))),
    ...(options.kind ?? []).map((pair) => pairOf(pair, '--kind')),
    ...lines.filter((line) => line.trim() !== '').map((line) => pairOf(line, 'a line of standard input')),
  ]
  if (named.length > 0) return named
  throw new CommandError(EXIT.usage, 'Name a person: --email, --user-id, --kind … or --stdin. See --help.')
}

const KINDS = ['email', 'userId', 'anonymousId', 'phone', 'deviceId'] as const

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function pairOf(pair: string, place: string): NamedIdentifier {
  const at = pair.indexOf('=')
  const kind = pair.slice(0, at).trim()
  const value = pair.slice(at + 1).trim()
  if (at < 1 || kind === '' || value === '')
    throw new CommandError(EXIT.usage, `What ${place} holds must look like kind=value.`)
  return { kind, value }
}
