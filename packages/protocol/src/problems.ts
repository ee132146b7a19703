/** Every public error code: its HTTP status and its title. One table, so that no two routes say the same thing differently. */
export const PROBLEMS = {
  'invalid-json': { status: 400, title: 'The body is not valid JSON' },
  'invalid-body': { status: 400, title: 'The body does not have the shape this route takes' },
  'invalid-encoding': { status: 400, title: 'The body could not be decoded' },
  'too-large': { status: 400, title: 'The body is larger than this source accepts' },
  'unknown-write-key': { status: 401, title: 'No source has this write key' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The token lacks the scope this route needs' },
  'not-found': { status: 404, title: 'There is nothing here' },
  conflict: { status: 409, title: 'This contradicts what is already there' },
  'plan-drifted': { status: 409, title: 'What the request would do is not what the preview showed' },
  'idempotency-mismatch': { status: 409, title: 'This Idempotency-Key was used with another body' },
  'receipt-not-verified': { status: 422, title: 'The receipt or its opening does not verify' },
  'unsupported-query': { status: 422, title: 'The query asks for something that is not supported' },
  'report-too-large': { status: 422, title: 'The report is more than one answer can hold' },
  'invalid-identifier': { status: 422, title: 'An identifier is blank, too long or malformed' },
  'request-timeout': { status: 408, title: 'The call did not arrive in time' },
  'unsupported-media-type': { status: 415, title: 'This route takes application/json' },
  'headers-too-large': { status: 431, title: 'The headers and the address of this call are too large' },
  'rate-limited': { status: 429, title: 'Too many calls; try again later' },
  overloaded: { status: 503, title: 'The server cannot take more right now; try again later' },
  'gate-busy': { status: 503, title: 'The change could not be made in time; nothing was changed' },
  'unknown-outcome': {
    status: 503,
    title: 'It is not known whether the change was committed; repeat the call',
  },
  internal: { status: 500, title: 'Something broke on our side' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** A refusal to a caller. The hint says what to do; neither it nor the message may hold an identifier. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly hint: string
  /** Seconds after which a repeat makes sense; sent as `Retry-After`. */
  readonly retryAfter: number | null

  constructor(code: ProblemCode, hint: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    super(`${code}: ${hint}`, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.hint = hint
    this.retryAfter = options.retryAfter ?? null
  }
}
