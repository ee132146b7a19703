import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { describeError } from '../log-error.ts'
import { CannotStart } from '../store/cannot-start.ts'
import { openDatabase } from '../store/database.ts'
import { countDefaultPartition } from '../store/event-partitions.ts'
import { databaseVersion, pendingMigrations } from '../store/migrate.ts'
import { requireSupportedServer } from '../store/require-supported-server.ts'
import { checkKeyCopies } from './check-key-copies.ts'
import { type Finding, fine, risky, wrong } from './finding.ts'

const LONGEST_SILENCE_MS = 10_000

/** Suppressions by time are widened by five seconds; a clock further off than that is not made up for. */
const MOST_CLOCK_DIFFERENCE_MS = 5_000
const NOTED_CLOCK_DIFFERENCE_MS = 1_000

/** The database: there, supported, migrated, in time, and nothing lying where it should not. */
export async function checkDatabase(parts: {
  readonly databaseUrl: string | null
  readonly now: () => Date
}): Promise<readonly Finding[]> {
  if (parts.databaseUrl === null) {
    return [fine('database', 'The embedded PostgreSQL is not running; start Heed to have it looked at.')]
  }
  const database = openDatabase({ url: parts.databaseUrl, connections: { control: 3, ingest: 1, gate: 1 } })
  const findings = await Promise.race([examine(database.pool, parts.now), silence()])
  // Not waited for: a connection that nobody answers closes only when the network gives it up.
  database.close().catch(() => undefined)
  return findings
}

async function silence(): Promise<readonly Finding[]> {
  await sleep(LONGEST_SILENCE_MS, undefined, { ref: false })
  const says = `The database has not answered within ${LONGEST_SILENCE_MS / 1000} s.`
  return [wrong('database', says, 'Check the address, and whether a firewall swallows the connection.')]
}

async function examine(pool: pg.Pool, now: () => Date): Promise<readonly Finding[]> {
  const server = await checkServer(pool)
  if (server.kind === 'wrong') return [server]
  const migrations = await checkMigrations(pool)
  const isMigrated = (await databaseVersion(pool)) > 0
  return [
    server,
    migrations,
    await checkClock(pool, now),
    ...(isMigrated ? [await checkPartitions(pool)] : []),
    ...(migrations.kind === 'fine' ? [await checkKeyCopies(pool)] : []),
  ]
}

async function checkServer(pool: pg.Pool): Promise<Finding> {
  const refusal = await requireSupportedServer(pool).then(() => null, refusalOf)
  if (refusal !== null) return wrong('database', refusal, 'See docs/operate/run.md.')
  const { rows } = await pool.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  return fine('database', `PostgreSQL ${rows[0]?.version} answers and gives sessions.`)
}

/** Our own sentences as they are; of a driver's error only its code, for its text can hold the password. */
function refusalOf(cause: unknown): string {
  if (cause instanceof CannotStart) return cause.message
  const { code, type } = describeError(cause)
  return `The database cannot be reached (${code ?? type}).`
}

async function checkMigrations(pool: pg.Pool): Promise<Finding> {
  const pending = await pendingMigrations(pool).catch(refusalOf)
  if (typeof pending === 'string')
    return wrong('migrations', pending, 'Start the Heed that made this database.')
  if (pending.length === 0) return fine('migrations', 'The database is as this Heed needs it.')
  return risky(
    'migrations',
    `${pending.length} migrations are to be made.`,
    'The next start makes them; back up before.',
  )
}

/** Half of the round trip is taken off, so that a slow network is not taken for a wrong clock. */
async function checkClock(pool: pg.Pool, now: () => Date): Promise<Finding> {
  await pool.query('select 1')
  const askedMs = now().getTime()
  const { rows } = await pool.query<{ at: Date }>('select clock_timestamp() as at')
  const middleMs = (askedMs + now().getTime()) / 2
  const differenceMs = Math.abs((rows[0]?.at.getTime() ?? middleMs) - middleMs)
  const says = `The clocks of this machine and the database differ by ${(differenceMs / 1000).toFixed(1)} s.`
  if (differenceMs > MOST_CLOCK_DIFFERENCE_MS) return wrong('clock', says, 'Let both follow an NTP server.')
  return differenceMs > NOTED_CLOCK_DIFFERENCE_MS
    ? risky('clock', says, 'Let both follow an NTP server.')
    : fine('clock', says)
}

async function checkPartitions(pool: pg.Pool): Promise<Finding> {
  const waiting = await countDefaultPartition(pool)
  if (waiting === 0) return fine('partitions', 'Every event lies in the partition of its month.')
  return risky(
    'partitions',
    `${waiting} events lie in the default partition: partitions were not made ahead, or a clock was wrong.`,
    'Check the clocks; the job that makes partitions moves the events.',
  )
}
