import { Problem } from '@heed/protocol'

export type DescribedError = {
  readonly type: string
  readonly code?: string
  readonly message?: string
  readonly table?: string
  readonly constraint?: string
  /** Where it was thrown: file and line only. */
  readonly frames: readonly string[]
  readonly cause?: DescribedError
}

const MOST_FRAMES = 12
const DEEPEST_CAUSE = 4

/**
 * An error as a log line may show it. Messages written by others quote what they choked on (`JSON.parse` the text around
 * the mistake, PostgreSQL the value that was no number, V8 the property that was missing), so only messages known to hold
 * no data are kept; the frames say where to look.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, frames: [] }
  const cause =
    error.cause !== undefined && depth < DEEPEST_CAUSE ? describeError(error.cause, depth + 1) : undefined
  return {
    type: error.name,
    ...textFields(error, ['code', 'table', 'constraint']),
    ...(hasCleanMessage(error) ? { message: error.message } : {}),
    frames: framesOf(error),
    ...(cause === undefined ? {} : { cause }),
  }
}

/** Our own refusals and broken invariants by promise; connection and syntax errors by what they can be about. */
function hasCleanMessage(error: Error): boolean {
  if (error instanceof Problem || error.name === 'InvariantViolation' || error.name === 'CannotStart')
    return true
  if ('syscall' in error) return true
  return 'severity' in error && 'code' in error && isAboutTheServer(String(error.code))
}

/** SQLSTATE classes whose messages name objects and limits of the database, never a row's values as 22 and 23 do. */
function isAboutTheServer(sqlState: string): boolean {
  return /^(08|25|28|3D|40|42|53|54|55|57|58)/.test(sqlState)
}

function textFields(error: Error, names: readonly string[]): Record<string, string> {
  const given = Object.entries(error).filter(
    ([name, value]) => names.includes(name) && typeof value === 'string',
  )
  return Object.fromEntries(given)
}

function framesOf(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim())
  return lines.filter((line) => line.startsWith('at ')).slice(0, MOST_FRAMES)
}
