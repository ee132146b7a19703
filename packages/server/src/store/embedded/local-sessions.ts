import pg from 'pg'
import { SUPERUSER } from './make-cluster.ts'

/** A URL with the socket's folder in it. The host part only keeps URL parsers content: `host` wins over it. */
export function socketUrl(sockets: string, database: string): string {
  return `postgres://${SUPERUSER}@localhost/${database}?host=${encodeURIComponent(sockets)}`
}

/** Whether a server listens in this folder. */
export async function answers(sockets: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: socketUrl(sockets, 'postgres'),
    connectionTimeoutMillis: 5_000,
  })
  try {
    await client.connect()
  } catch {
    return false
  }
  await client.end()
  return true
}

/**
 * Makes the database if it is missing and ends every other session: a killed Heed's sessions go on with their last
 * statement and keep their locks, the gate among them, until they notice.
 */
export async function prepareDatabase(place: { sockets: string; database: string }): Promise<void> {
  const client = new pg.Client({ connectionString: socketUrl(place.sockets, 'postgres') })
  await client.connect()
  try {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    const found = await client.query('select 1 from pg_database where datname = $1', [place.database])
    if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(place.database)}`)
  } finally {
    await client.end()
  }
}
