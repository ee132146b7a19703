import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { CannotStart } from '../cannot-start.ts'
import { ensureEventPartition, monthOf } from '../event-partitions.ts'
import { appliedMigrations, migrate } from '../migrate.ts'
import { inTransaction, type Transaction } from '../transaction.ts'
import { quote } from './backed-up-tables.ts'
import type { BackupHeader, BackupSequence, BackupTable, Frame, TableEnd } from './backup-frames.ts'
import { readBackup, verifyBackup } from './read-backup.ts'

export type RestoreReport = { readonly takenAt: Date; readonly tables: readonly TableEnd[] }

/**
 * Loads a backup into an empty database: the tables as they were when it was taken, then all rows in one transaction. The
 * file is read to its end first, so that a damaged one changes nothing. What was refused since the backup is in the
 * no-journal only, which must be applied before anything is collected.
 */
export async function restoreBackup(pool: pg.Pool, file: string): Promise<RestoreReport> {
  const { header, tables } = await verifyBackup(file)
  await requireEmpty(pool)
  await makeTables(pool, header)
  await inTransaction(pool, (client) => load(client, readBackup(file)))
  await pool.query('analyze')
  return { takenAt: new Date(header.takenAt), tables }
}

async function requireEmpty(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ found: number }>(
    `select count(*)::int as found from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')`,
  )
  if (rows[0]?.found === 0) return
  throw new CannotStart(
    `A backup is restored into an empty database only, and this one has ${rows[0]?.found} tables. Name a new database or data folder.`,
  )
}

async function makeTables(pool: pg.Pool, header: BackupHeader): Promise<void> {
  await migrate(pool, { upTo: Math.max(0, ...header.migrations.map(({ version }) => version)) })
  const applied = await appliedMigrations(pool)
  for (const { version, name, checksum } of header.migrations) {
    const own = applied.find((migration) => migration.version === version)
    if (own?.checksum.toString('hex') !== checksum) throw otherMigrations(`${version}-${name}`)
  }
  if (applied.length !== header.migrations.length) throw otherMigrations(`${applied.length}`)
  for (const month of header.eventMonths)
    await ensureEventPartition(pool, monthOf(new Date(`${month}-01T00:00:00Z`)))
}

function otherMigrations(which: string): CannotStart {
  return new CannotStart(
    `This backup was made by a Heed with other migrations (${which}). Restore it with the version that made it, or a newer one of the same line.`,
  )
}

async function load(client: Transaction, frames: AsyncGenerator<Frame>): Promise<void> {
  const tables: string[] = []
  for (;;) {
    const next = await frames.next()
    if (next.done === true) return
    if (next.value.kind === 'table') {
      if (tables.length === 0) await clearSeeds(client)
      tables.push(next.value.table.name)
      await loadTable(client, { table: next.value.table, frames })
    }
    if (next.value.kind === 'sequences') await setSequences(client, next.value.sequences)
  }
}

/** What migrations have written themselves comes with the backup's rows. */
async function clearSeeds(client: Transaction): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not relispartition and relname <> 'heed_migration'`,
  )
  await client.query(`truncate ${rows.map(({ name }) => quote(name)).join(', ')}`)
}

type Loading = { readonly table: BackupTable; readonly frames: AsyncGenerator<Frame> }

async function loadTable(client: Transaction, { table, frames }: Loading): Promise<void> {
  const columns = table.columns.map(quote).join(', ')
  const sink = client.query(copyFrom(`copy ${quote(table.name)} (${columns}) from stdin (format binary)`))
  let expected = -1
  const pieces = async function* () {
    for (;;) {
      const { value } = await frames.next()
      if (value?.kind === 'table-end') expected = value.end.rows
      if (value?.kind !== 'data') return
      yield value.data
    }
  }
  await pipeline(Readable.from(pieces()), sink)
  if (sink.rowCount !== expected) {
    throw new CannotStart(
      `Table ${table.name} took ${sink.rowCount} of its ${expected} rows; nothing was restored.`,
    )
  }
}

async function setSequences(client: Transaction, sequences: readonly BackupSequence[]): Promise<void> {
  for (const { name, lastValue, isCalled } of sequences) {
    await client.query('select setval($1::regclass, $2::bigint, $3)', [quote(name), lastValue, isCalled])
  }
}
