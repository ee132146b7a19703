export type DescribedError = {
  readonly type: string
  readonly code?: string
  readonly message?: string
  readonly table?: string
  readonly constraint?: string
  /** Where it was thrown: function, file and line only. */
  readonly frames: readonly string[]
  readonly cause?: DescribedError
}

const MOST_FRAMES = 12
const DEEPEST_CAUSE = 4

/** Errors of our own, whose messages carry names, ids and counts by the rule of the house. */
const OWN_ERRORS: ReadonlySet<string> = new Set([
  'CannotStart',
  'DigestKeyError',
  'InvariantViolation',
  'JournalDamaged',
  'LinkRaced',
  'MasterKeyError',
  'Problem',
  'RetiredKekError',
  'RotationRunningError',
  'TooManyIdentifiers',
  'UnsealError',
])

/**
 * An error as a log line may show it. Messages written by others quote what they choked on (`JSON.parse` the text around
 * the mistake, PostgreSQL the value that was no number, V8 the property that was missing), so only messages known to hold
 * no data are kept; the frames say where to look.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, frames: [] }
  const hasCause = error.cause !== undefined && depth < DEEPEST_CAUSE
  return {
    type: error.name,
    ...textFields(error, ['code', 'table', 'constraint']),
    ...(hasCleanMessage(error) ? { message: error.message } : {}),
    frames: framesOf(error),
    ...(hasCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  }
}

/** Ours by rule; those of sockets and of the database by what they can be about. */
function hasCleanMessage(error: Error): boolean {
  if (OWN_ERRORS.has(error.name) || 'syscall' in error) return true
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

/** The stack repeats the message, and a message can have lines of its own: it is taken out before frames are looked for. */
function framesOf({ stack = '', message }: Error): string[] {
  const lines = stack.replace(message, '').split('\n')
  return lines
    .map((line) => line.trim())
    .filter(isFrame)
    .slice(0, MOST_FRAMES)
}

function isFrame(line: string): boolean {
  return /^at .*(:\d+:\d+\)?|\(<anonymous>\))$/.test(line)
}
