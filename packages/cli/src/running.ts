import { type ClientOptions, createClient, type HeedClient } from '@heed/sdk'
import type { Command } from 'commander'
import { CommandError } from './command-error.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Shell } from './shell.ts'

/** A command that runs: its shell, its options, and how it answers. */
export type Running<Options = object> = {
  readonly shell: Shell
  readonly options: Readonly<Options>
  /** The arguments that are no options, in order. */
  readonly args: readonly string[]
  readonly isJson: boolean
  /** Where Heed answers. */
  readonly url: string
  /** The server, as the caller's token. */
  readonly heed: (patience?: Patience) => HeedClient
  /** Writes the answer: the value with `--json`, else what `text` makes of it. */
  readonly answer: <Value>(value: Value, text: (value: Value) => string) => void
}

type Patience = Pick<ClientOptions, 'mostRetries' | 'timeoutMs'>

export type Work<Options> = (running: Running<Options>) => Promise<ExitCode>

/** The program that commands are added to. */
export type Cli = {
  readonly program: Command
  /** Makes an action of commander out of `work`; the exit code reaches `runCli`. */
  readonly action: <Options>(work: Work<Options>) => (this: Command) => Promise<void>
}

type GlobalOptions = { readonly url?: string; readonly token?: string; readonly json?: true }

export function runningOf<Options>(command: Command, shell: Shell): Running<Options> {
  const given = command.optsWithGlobals<GlobalOptions>()
  const isJson = given.json === true
  const url = given.url ?? shell.settings.url
  const token = given.token ?? shell.settings.token
  return {
    shell,
    options: command.opts<Options & object>(),
    args: command.args,
    isJson,
    url,
    heed: (patience = {}) =>
      createClient({ baseUrl: checkedUrl(url), token: required(token), fetch: shell.fetch, ...patience }),
    answer: (value, text) => shell.write(`${isJson ? JSON.stringify(value) : text(value)}\n`),
  }
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw new CommandError(
    EXIT.usage,
    'The address of Heed must begin with http:// or https:// (--url, HEED_URL).',
  )
}

function required(token: string | null): string {
  if (token !== null) return token
  throw new CommandError(EXIT.usage, 'An API token is needed: set HEED_TOKEN, or give --token.')
}
