import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { appliedMigrations } from '../migrate.ts'
import { eventMonthsOf, quote, sequencesOf, tablesToBackUp } from './backed-up-tables.ts'
import { type BackupHeader, type BackupTable, encodeFrame, type TableEnd } from './backup-frames.ts'

export type BackupReport = { readonly tables: readonly TableEnd[] }

/**
 * Writes the whole database as it is at one moment into one file, while everything goes on. The file has its name only
 * when it is whole. It holds what the database holds: subject keys wrapped, and never the master key.
 */
export async function makeBackup(
  pool: pg.Pool,
  { file, now }: { file: string; now: Date },
): Promise<BackupReport> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0')
    const tables: TableEnd[] = []
    await writeWhole(file, framesOf(client, { now, tables }))
    await client.query('commit')
    client.release()
    return { tables }
  } catch (cause) {
    // A COPY that was given up leaves the connection in the middle of it.
    client.release(true)
    throw cause
  }
}

type Progress = { readonly now: Date; readonly tables: TableEnd[] }

async function* framesOf(client: pg.PoolClient, { now, tables }: Progress): AsyncGenerator<Buffer> {
  yield encodeFrame({ kind: 'header', header: await describe(client, now) })
  for (const table of await tablesToBackUp(client)) {
    yield encodeFrame({ kind: 'table', table })
    tables.push(yield* rowsOf(client, table))
  }
  // Read last: a sequence stands outside the snapshot, and one that is ahead of the rows is harmless.
  yield encodeFrame({ kind: 'sequences', sequences: await sequencesOf(client) })
  yield encodeFrame({ kind: 'end' })
}

async function describe(client: pg.PoolClient, now: Date): Promise<BackupHeader> {
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  const migrations = await appliedMigrations(client)
  return {
    format: 'heed-backup',
    formatVersion: 1,
    takenAt: now.toISOString(),
    postgres: rows[0]?.server_version ?? '',
    migrations: migrations.map((one) => ({ ...one, checksum: one.checksum.toString('hex') })),
    eventMonths: await eventMonthsOf(client),
  }
}

async function* rowsOf(
  client: pg.PoolClient,
  { name, columns }: BackupTable,
): AsyncGenerator<Buffer, TableEnd> {
  const query = `copy (select ${columns.map(quote).join(', ')} from ${quote(name)}) to stdout (format binary)`
  const rows = client.query(copyTo(query))
  const hash = createHash('sha256')
  for await (const data of rows) {
    hash.update(data)
    yield encodeFrame({ kind: 'data', data })
  }
  const end = { name, rows: rows.rowCount, sha256: hash.digest('hex') }
  yield encodeFrame({ kind: 'table-end', end })
  return end
}

async function writeWhole(file: string, frames: AsyncGenerator<Buffer>): Promise<void> {
  const part = `${file}.part`
  const sink = createWriteStream(part, { mode: 0o600, flush: true })
  await pipeline(Readable.from(frames), createGzip({ level: 1 }), sink)
  await rename(part, file)
  const folder = await open(dirname(file))
  await folder.sync()
  await folder.close()
}
