import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Tables } from './tables.ts'

export type Database = {
  /** Everything that is neither ingest nor a change of a "no": the control API, jobs, reads. */
  readonly pool: pg.Pool
  /** Ingest, import and replay: whoever shares the gate. */
  readonly ingestPool: pg.Pool
  /** Whoever takes the gate alone: opt-outs, requests, the turn of the message tables. */
  readonly gatePool: pg.Pool
  /** Kysely over `pool`. */
  readonly kysely: Kysely<Tables>
  readonly close: () => Promise<void>
}

export type DatabaseSettings = {
  readonly url: string
  readonly log?: Pick<Logger, 'warn'>
  /** How many connections each pool may open. */
  readonly connections?: { readonly control: number; readonly ingest: number; readonly gate: number }
}

const CONNECTIONS = { control: 20, ingest: 8, gate: 4 }

/** Opens nothing yet: a pool connects at its first query. */
export function openDatabase({ url, log, connections = CONNECTIONS }: DatabaseSettings): Database {
  let isClosing = false
  // Ends the process when nobody listens. The next query on it fails anyway, and its caller learns of it there; while we
  // close, the server may be quicker than we are.
  const onBroken = (cause: Error) => {
    if (!isClosing) log?.warn({ code: codeOf(cause) }, 'a database connection broke')
  }
  const open = (max: number, session: Session) => openPool({ url, max, session, onBroken })
  const pool = open(connections.control, EVERY_SESSION)
  const ingestPool = open(connections.ingest, { ...EVERY_SESSION, ...INGEST_SESSION })
  const gatePool = open(connections.gate, { ...EVERY_SESSION, ...GATE_SESSION })
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    pool,
    ingestPool,
    gatePool,
    kysely,
    async close() {
      isClosing = true
      await Promise.all([pool.end(), ingestPool.end(), gatePool.end()])
    },
  }
}

type Session = Readonly<Record<string, string>>

/** An operator's own defaults must not reach into a transaction: the gate depends on read committed. */
const EVERY_SESSION: Session = {
  application_name: 'heed',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  timezone: 'UTC',
  jit: 'off',
  // A node that is cut off while it holds the gate must lose it: the server notices after 25 s, on TCP only.
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
}

/** The stage is never analysed, so the planner would hash whole tables to join it: 116 ms instead of 19 at 500 k subjects. */
const INGEST_SESSION: Session = {
  idle_in_transaction_session_timeout: '2s',
  statement_timeout: '10s',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_seqscan: 'off',
}

/**
 * Whoever waits longer than this for the gate answers 503 and has changed nothing. So does a change that works for a minute
 * on one statement, because as long as it holds the gate nothing of the workspace is stored.
 */
const GATE_SESSION: Session = {
  lock_timeout: '5s',
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '10s',
}

type PoolSettings = {
  readonly url: string
  readonly max: number
  readonly session: Session
  /** Told of a connection that broke between two queries. */
  readonly onBroken: (cause: Error) => void
}

function openPool({ url, max, session, onBroken }: PoolSettings): pg.Pool {
  const sets = Object.entries(session).map(([name, value]) => `set ${name} = ${pg.escapeLiteral(value)}`)
  const pool = new pg.Pool({
    connectionString: url,
    max,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Said after connecting, not as start-up options: PgBouncer in session mode refuses those.
    onConnect: (client) => client.query(sets.join('; ')).then(() => undefined),
  })
  pool.on('error', onBroken)
  pool.on('connect', (client) => client.on('error', onBroken))
  return pool
}

function codeOf(cause: Error): string {
  return 'code' in cause ? String(cause.code) : cause.message
}
