import type { NewRequest } from '@heed/sdk'
import type { Command } from 'commander'
import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { addIdentifierOptions, type IdentifierOptions, identifiersOf } from '../identifier-options.ts'
import type { Shell } from '../shell.ts'
import { type ProfileOptions, readTraits } from './read-traits.ts'

/** What a request of any type can be opened with; each command has those that mean something to it. */
export type RequestOptions = IdentifierOptions &
  ProfileOptions & {
    readonly source?: readonly string[]
    readonly suppress?: boolean
    readonly planHash?: string
    readonly holdDestinations?: true
    readonly jurisdiction?: string
    readonly submitted?: string
    readonly reason?: string
    readonly wait?: true
  }

export type RequestType = NewRequest['type']

/** The options of one type, on the command that opens it. */
export function addRequestOptions(command: Command, type: RequestType): Command {
  addIdentifierOptions(command)
  OF_TYPE[type]?.(command)
  return command
    .option('--jurisdiction <law>', 'the law it is asked under, such as gdpr; printed on receipts')
    .option('--submitted <time>', 'when the person asked, if that was earlier: 2027-01-31T00:00:00Z')
    .option('--reason <text>', 'for your own record; no personal data')
    .option('--wait', 'until nothing of it moves any more')
}

const OF_TYPE: Readonly<Partial<Record<RequestType, (command: Command) => Command>>> = {
  suppress: addSources,
  unsuppress: addSources,
  erase: (command) =>
    command
      .option('--no-suppress', 'let newer events in again; they begin a new person')
      .option('--plan-hash <hash>', 'of the preview somebody looked at: do that, or nothing')
      .option('--hold-destinations', 'ask destinations only when it can no longer be reversed')
      .option('--yes', 'do not show a preview and ask'),
  correct: (command) =>
    command
      .option('--trait <name=value>', 'a trait and its text; can be repeated', collect)
      .option('--traits <file>', 'a file with a JSON object of traits; null takes one away'),
}

function addSources(command: Command): Command {
  return command.option('--source <id>', 'src_…: only what comes through it; can be repeated', collect)
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** The request that the options describe. */
export async function requestOf(
  type: RequestType,
  options: RequestOptions,
  shell: Shell,
): Promise<NewRequest> {
  const { source, planHash, holdDestinations, jurisdiction, submitted, reason } = options
  return {
    type,
    subject: { identifiers: await identifiersOf(options, shell) },
    ...(source === undefined ? {} : { scope: { sources: source } }),
    ...(options.suppress === undefined ? {} : { suppress: options.suppress }),
    ...(planHash === undefined ? {} : { planHash }),
    ...(holdDestinations === undefined ? {} : { holdDestinations }),
    ...(jurisdiction === undefined ? {} : { jurisdiction }),
    ...(submitted === undefined ? {} : { submittedAt: submitted }),
    ...(reason === undefined ? {} : { reason }),
    ...(type === 'correct' ? { changes: { traits: await requiredTraits(options) } } : {}),
  }
}

async function requiredTraits(options: ProfileOptions): Promise<Record<string, unknown>> {
  const traits = await readTraits(options)
  if (Object.keys(traits).length > 0) return traits
  throw new CommandError(EXIT.usage, 'Say what is to be put right: --trait or --traits. See --help.')
}
