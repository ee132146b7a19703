/** Why a call did not do what it was asked to. */
export class HeedError extends Error {
  override readonly name = 'HeedError'
  /**
   * What programs branch on: a code of the server (`forbidden`, `gate-busy` …; /docs lists them), `unreachable` when no answer
   * came, or `unreadable` when something answered that is no Heed.
   */
  readonly code: string
  /** The HTTP status; 0 when no answer came. */
  readonly status: number
  /** What to do about it. Never an identifier, a token or a key. */
  readonly detail: string
  /** The server's log has this call under it. */
  readonly requestId: string | null
  /** Seconds after which a repeat makes sense. */
  readonly retryAfter: number | null
  /** What is wrong where in the body that was sent. */
  readonly errors: readonly WrongPlace[]

  constructor(facts: HeedErrorFacts) {
    super(`${facts.code}: ${facts.detail}`, facts.cause === undefined ? {} : { cause: facts.cause })
    this.code = facts.code
    this.status = facts.status
    this.detail = facts.detail
    this.requestId = facts.requestId ?? null
    this.retryAfter = facts.retryAfter ?? null
    this.errors = facts.errors ?? []
  }
}

export type WrongPlace = { readonly path: string; readonly message: string }

type HeedErrorFacts = {
  readonly code: string
  readonly status: number
  readonly detail: string
  readonly requestId?: string | null
  readonly retryAfter?: number | null
  readonly errors?: readonly WrongPlace[]
  readonly cause?: unknown
}
