import type pg from 'pg'
import { CannotStart } from './cannot-start.ts'

const OLDEST_MAJOR = 15
const ROUNDS = 3

/**
 * Throws `CannotStart` unless the server is PostgreSQL 15 or newer, takes writes, and gives each connection a session of
 * its own. Ingest needs one: it stages rows in a temporary table, and its limits are session settings.
 */
export async function requireSupportedServer(pool: pg.Pool): Promise<void> {
  const first = await pool.connect()
  const second = await pool.connect()
  try {
    await requireVersion(first)
    await requirePrimary(first)
    await requireSessions(first, second)
  } finally {
    first.release()
    second.release()
  }
}

async function requireVersion(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  const found = rows[0]
  if (found !== undefined && found.number >= OLDEST_MAJOR * 10_000) return
  throw new CannotStart(
    `HEED_DATABASE_URL leads to PostgreSQL ${found?.version}; Heed needs PostgreSQL ${OLDEST_MAJOR} or newer.`,
  )
}

async function requirePrimary(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby')
  if (rows[0]?.standby !== true) return
  throw new CannotStart('HEED_DATABASE_URL leads to a standby, which takes no writes; name the primary.')
}

/**
 * A pooler in transaction mode lends the server connection that was free last. So the second client's transaction gets
 * the very session the first one had, or the first one's session changes between two of its statements.
 */
async function requireSessions(first: pg.ClientBase, second: pg.ClientBase): Promise<void> {
  const own = await sessionOf(first)
  for (let round = 0; round < ROUNDS; round += 1) {
    const other = await sessionInTransaction(second)
    if (other === own || (await sessionOf(first)) !== own) {
      throw new CannotStart(
        'HEED_DATABASE_URL leads to a pooler in transaction mode (PgBouncer with pool_mode = transaction or the like). ' +
          'Heed needs sessions: name the PostgreSQL server itself or a pool in session mode.',
      )
    }
  }
}

async function sessionInTransaction(client: pg.ClientBase): Promise<number> {
  await client.query('begin isolation level read committed')
  const session = await sessionOf(client)
  await client.query('commit')
  return session
}

async function sessionOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ session: number }>('select pg_backend_pid() as session')
  return rows[0]?.session ?? 0
}
