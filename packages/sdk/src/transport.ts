import { HeedError } from './heed-error.ts'
import { readProblem } from './read-problem.ts'

export type ClientOptions = {
  /** Where Heed answers, such as `http://127.0.0.1:4600`. */
  readonly baseUrl: string
  /** An API token; null for what needs none. */
  readonly token: string | null
  readonly fetch?: typeof globalThis.fetch
  /** How often a call is repeated that was told to come back (429, 503). Default 4. */
  readonly mostRetries?: number
  /** A longer Retry-After than this many seconds is an error at once. Default 60. */
  readonly longestWaitSeconds?: number
  /** How long one answer is waited for. Default 60,000. */
  readonly timeoutMs?: number
  readonly sleep?: (ms: number) => Promise<void>
  readonly newIdempotencyKey?: () => string
}

export type Call = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses that are answers and not errors; any 2xx by default. */
  readonly accepts?: readonly number[]
}

export type Transport = {
  /** The JSON of the answer. @throws HeedError */
  readonly json: <Answer>(call: Call) => Promise<Answer>
  /** The answer as text. @throws HeedError */
  readonly text: (call: Call) => Promise<string>
  /** The answer as bytes, or null when there is nothing at this address. @throws HeedError */
  readonly bytes: (call: Call) => Promise<Uint8Array | null>
  /** The answer as it comes in. `timeoutMs` is for all of it. @throws HeedError */
  readonly stream: (call: Call) => Promise<ReadableStream<Uint8Array>>
}

const MOST_RETRIES = 4
const LONGEST_WAIT_SECONDS = 60
const TIMEOUT_MS = 60_000

/**
 * Sends calls and repeats those the server told to come back. Every POST has an Idempotency-Key that its repeats share, so
 * that a repeat after a lost answer changes nothing more.
 */
export function openTransport(options: ClientOptions): Transport {
  const base = options.baseUrl.replace(/\/+$/, '')
  return {
    json: async (call) => readJson(await send({ ...options, baseUrl: base }, call)),
    text: async (call) => (await send({ ...options, baseUrl: base }, call)).text(),
    async bytes(call) {
      const answer = await send({ ...options, baseUrl: base }, { ...call, accepts: [200, 404] })
      return answer.status === 404 ? null : new Uint8Array(await answer.arrayBuffer())
    },
    stream: async (call) => (await send({ ...options, baseUrl: base }, call)).body ?? new ReadableStream(),
  }
}

async function send(options: ClientOptions, call: Call): Promise<Response> {
  const { mostRetries = MOST_RETRIES, longestWaitSeconds = LONGEST_WAIT_SECONDS, sleep = pause } = options
  const request = requestOf(options, call)
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetchOnce(options, request)
    if (call.accepts?.includes(answer.status) ?? answer.ok) return answer
    const problem = await readProblem(answer)
    const waitSeconds = problem.retryAfter ?? 2 ** attempt / 2
    if (!isTemporary(answer.status) || attempt >= mostRetries || waitSeconds > longestWaitSeconds)
      throw problem
    await sleep(waitSeconds * 1000)
  }
}

type Request = { readonly url: string; readonly init: RequestInit }

function requestOf({ baseUrl, token, newIdempotencyKey = randomKey }: ClientOptions, call: Call): Request {
  const headers: Record<string, string> = { accept: 'application/json', ...call.headers }
  if (token !== null && headers.authorization === undefined) headers.authorization = `Bearer ${token}`
  if (call.method === 'POST') headers['idempotency-key'] = newIdempotencyKey()
  const init: RequestInit = { method: call.method, headers }
  if (call.body !== undefined) {
    headers['content-type'] = 'application/json'
    init.body = typeof call.body === 'string' ? call.body : JSON.stringify(call.body)
  }
  return { url: `${baseUrl}${call.path}${queryOf(call)}`, init }
}

function queryOf({ query = {} }: Call): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? '' : `?${search}`
}

async function fetchOnce(options: ClientOptions, { url, init }: Request): Promise<Response> {
  const { fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS } = options
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    const detail = `Nothing answered at ${placeOf(options.baseUrl)} (${reasonOf(cause)}).`
    throw new HeedError({ code: 'unreachable', status: 0, detail, cause })
  }
}

async function readJson<Answer>(answer: Response): Promise<Answer> {
  const text = await answer.text()
  try {
    return JSON.parse(text === '' ? 'null' : text)
  } catch (cause) {
    const detail = 'The answer is no JSON; is this the address of a Heed?'
    throw new HeedError({ code: 'unreadable', status: answer.status, detail, cause })
  }
}

const isTemporary = (status: number): boolean => status === 429 || status === 503

/** An address may hold a user and a password. */
function placeOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).origin : 'this address'
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown'
  const inner = cause.cause
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code
  return cause.name === 'TimeoutError' ? 'no answer in time' : cause.name
}

const randomKey = (): string => crypto.randomUUID()

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
