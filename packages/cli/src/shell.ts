import { text } from 'node:stream/consumers'
import { type CliSettings, readCliSettings } from './settings.ts'

/** The world of a command: everything it reads, writes and asks. */
export type Shell = {
  readonly settings: CliSettings
  /** To standard output: what was asked for. */
  readonly write: (text: string) => void
  /** To standard error: progress and complaints. */
  readonly tell: (text: string) => void
  /** Does a person watch standard error? */
  readonly isWatched: boolean
  readonly readInput: () => Promise<string>
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
}

export function processShell(): Shell {
  // Whoever reads the output may have seen enough (`heed token list | head`); the command has still done its work.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return {
    settings: readCliSettings(),
    write: (output) => process.stdout.write(output),
    tell: (message) => process.stderr.write(message),
    isWatched: process.stderr.isTTY === true,
    readInput: () => text(process.stdin),
    fetch: globalThis.fetch,
    now: () => new Date(),
  }
}
