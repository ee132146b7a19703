import { HeedError } from '@heed/sdk'
import { CommanderError } from 'commander'
import { CommandError } from './command-error.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

export type Failure = {
  readonly exitCode: ExitCode
  /** For programs. */
  readonly code: string
  /** For people. */
  readonly sentence: string
  readonly requestId: string | null
}

/** What a person is told about an error, and what the exit code says. What they typed is repeated nowhere. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof CommandError) return failure(error.exitCode, 'command', error.message)
  if (error instanceof CommanderError) return failure(EXIT.usage, 'usage', usageSentence(error))
  if (error instanceof HeedError) return refusal(error)
  const code = codeOf(error)
  if (isNoAnswer(code))
    return failure(EXIT.unreachable, 'unreachable', `The database does not answer (${code}).`)
  if (isAboutFile(code)) return failure(EXIT.failed, 'file', `A file or folder cannot be used (${code}).`)
  if (error instanceof Error && SPEAKS_TO_OPERATORS.includes(error.name))
    return failure(EXIT.failed, 'failed', error.message)
  return failure(EXIT.failed, 'failed', `Something broke: ${unforeseen(error, code)}`)
}

/** Errors of the server package whose message is a whole sentence; it is not loaded by most commands, so by name. */
const SPEAKS_TO_OPERATORS = ['CannotStart', 'MasterKeyError', 'RotationRunningError']

function refusal({ code, status, detail, errors, requestId }: HeedError): Failure {
  if (code === 'unreachable') return failure(EXIT.unreachable, code, detail)
  const places = errors.map(({ path, message }) => `${path} ${message}`).join('; ')
  const exitCode = status >= 400 && status < 500 ? EXIT.refused : EXIT.failed
  return {
    exitCode: status === 503 ? EXIT.refused : exitCode,
    code,
    sentence: places === '' ? detail : `${places}.`,
    requestId,
  }
}

function failure(exitCode: ExitCode, code: string, sentence: string): Failure {
  return { exitCode, code, sentence, requestId: null }
}

/** Commander quotes arguments; one that stands in the wrong place can be an address or a token. */
function usageSentence({ code, message }: CommanderError): string {
  const known = UNQUOTED[code]
  if (known !== undefined) return `${known} See --help.`
  return `${message.replace(/^error: /, '').replace(/=[^']*/, '')}. See --help.`
}

const UNQUOTED: Readonly<Record<string, string>> = {
  'commander.help': 'No command was given.',
  'commander.unknownCommand': 'There is no such command.',
  'commander.excessArguments': 'Too many arguments.',
  'commander.invalidArgument': 'An option has a value that it does not take.',
}

function isNoAnswer(code: string | null): code is string {
  return (
    code !== null && ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'EAI_AGAIN'].includes(code)
  )
}

function isAboutFile(code: string | null): boolean {
  return code !== null && ['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EISDIR', 'ENOTDIR'].includes(code)
}

/** An error nobody expected: its text can quote anything, so only what is known to be harmless is repeated. */
function unforeseen(error: unknown, code: string | null): string {
  if (!(error instanceof Error)) return 'the cause is unknown.'
  const syscall = 'syscall' in error && typeof error.syscall === 'string' ? ` ${error.syscall}` : ''
  const frame = error.stack?.split('\n').find((line) => line.includes('packages/')) ?? ''
  return `${error.name}${code === null ? '' : ` ${code}`}${syscall}${frame === '' ? '' : ` ${frame.trim()}`}`
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
