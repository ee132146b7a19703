import type { ExitCode } from './exit-codes.ts'

/** Why a command ends early: one sentence for the person who typed it, never with what they typed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, sentence: string, options: { cause?: unknown } = {}) {
    super(sentence, options)
    this.exitCode = exitCode
  }
}
