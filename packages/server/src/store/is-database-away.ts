import { sqlStateOf } from './transaction.ts'

/**
 * Did a call fail because its session was cut, or none was to be had? Nothing is wrong with the call then. What was sent may
 * have been done all the same when the connection broke before the answer.
 */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state !== null) return CUT_OR_REFUSED.test(state)
  return error instanceof Error && (DRIVER_MESSAGES.has(error.message) || isBrokenSocket(error))
}

/**
 * 57P: the server stops, crashed or does not take connections yet; 08: connection exceptions; 53300: too many connections;
 * 25P03: a session that idled in its transaction was ended. https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const CUT_OR_REFUSED = /^(57P0\d|08\w{3}|53300|25P03)$/

/** node-postgres 8.23 gives these no code: the messages are all there is. A test meets those that a cut session makes. */
const DRIVER_MESSAGES: ReadonlySet<string> = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
])

/** A caller that hangs up is an ECONNRESET without a system call; the sockets of the database name theirs. */
function isBrokenSocket(error: Error): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway)
  return (
    'syscall' in error &&
    ['connect', 'getaddrinfo', 'read', 'write'].includes(String(error.syscall)) &&
    'code' in error &&
    /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/.test(
      String(error.code),
    )
  )
}
