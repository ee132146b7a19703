import { setTimeout } from 'node:timers/promises'
import { type ExitCode, runCli } from '../index.ts'
import { readCliSettings } from '../settings.ts'

export type Ran = {
  readonly exitCode: ExitCode
  readonly out: string
  readonly err: string
}

export type Given = {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly fetch?: typeof globalThis.fetch
  /** What whoever sits at the terminal types; without it nobody sits there. */
  readonly types?: string
}

/** Runs a command line in this process, in an environment of its own. */
export async function runCommand(args: readonly string[], given: Given = {}): Promise<Ran> {
  let out = ''
  let err = ''
  const asked = async (question: string) => {
    err += question
    return given.types ?? ''
  }
  const exitCode = await runCli(args, {
    settings: readCliSettings({ ...given.env }),
    write: (text) => {
      out += text
    },
    tell: (text) => {
      err += text
    },
    isWatched: false,
    ask: given.types === undefined ? null : asked,
    readInput: async () => given.input ?? '',
    fetch: given.fetch ?? globalThis.fetch,
    now: () => new Date(),
    pause: (ms) => setTimeout(ms / 10),
  })
  return { exitCode, out, err }
}
