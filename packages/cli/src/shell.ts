import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
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
  /** Asks whoever sits at the terminal and answers the line they type; null where nobody sits there. */
  readonly ask: ((question: string) => Promise<string>) | null
  readonly readInput: () => Promise<string>
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
  readonly pause: (ms: number) => Promise<void>
}

export function processShell(): Shell {
  // Whoever reads the output may have seen enough (`heed token list | head`); the command has still done its work.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return {
    settings: readCliSettings(),
    write: (output) => process.stdout.write(output),
    tell: (message) => process.stderr.write(message),
    isWatched: process.stderr.isTTY === true,
    ask: process.stdin.isTTY === true && process.stderr.isTTY === true ? askAtTerminal : null,
    readInput: () => text(process.stdin),
    fetch: globalThis.fetch,
    now: () => new Date(),
    pause: (ms) => setTimeout(ms),
  }
}

async function askAtTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}
