import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Pool, PoolClient } from 'pg'
import { CannotStart } from './cannot-start.ts'

export type Migration = {
  readonly version: number
  readonly name: string
  readonly text: string
  readonly checksum: Buffer
}

export type AppliedMigration = Pick<Migration, 'version' | 'name' | 'checksum'>

type Choice = {
  /** The folder of numbered .sql files; the product's own by default. */
  readonly folder?: URL
  /** Stop after this version: a backup is restored into the tables it was taken from. */
  readonly upTo?: number
}

const OWN_FOLDER = new URL('./migrations/', import.meta.url)

/**
 * Brings the database to the newest version this code knows and returns what it applied. Each migration has a transaction
 * of its own, under one lock, so that nodes starting together apply each once. Throws `CannotStart` when an applied
 * migration has been edited, or when the database is newer than this code.
 */
export async function migrate(pool: Pool, choice: Choice = {}): Promise<readonly Migration[]> {
  const known = await readMigrations(choice.folder ?? OWN_FOLDER)
  const wanted = known.filter(({ version }) => version <= (choice.upTo ?? Number.POSITIVE_INFINITY))
  const done: Migration[] = []
  for (;;) {
    const applied = await applyNext(pool, { known, wanted })
    if (applied === null) return done
    done.push(applied)
  }
}

/** What `migrate` would apply now. Refuses what it would refuse. */
export async function pendingMigrations(pool: Pool, choice: Choice = {}): Promise<readonly Migration[]> {
  const known = await readMigrations(choice.folder ?? OWN_FOLDER)
  return pendingOf(known, await appliedMigrations(pool))
}

/** The newest version the database has, 0 for an empty one. */
export async function databaseVersion(db: Pick<Pool, 'query'>): Promise<number> {
  return Math.max(0, ...(await appliedMigrations(db)).map(({ version }) => version))
}

type Plan = { readonly known: readonly Migration[]; readonly wanted: readonly Migration[] }

async function applyNext(pool: Pool, { known, wanted }: Plan): Promise<Migration | null> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level read committed')
    // Waits for another node that is migrating; what it did is then seen below and not done again.
    await client.query('select pg_advisory_xact_lock(4601, 0)')
    await client.query(HISTORY)
    const next = pendingOf(known, await appliedMigrations(client)).find((migration) =>
      wanted.includes(migration),
    )
    if (next !== undefined) await apply(client, next)
    await client.query('commit')
    return next ?? null
  } catch (cause) {
    await client.query('rollback')
    throw cause
  } finally {
    client.release()
  }
}

const HISTORY = `
  create table if not exists heed_migration (
    version integer primary key,
    name text not null,
    checksum bytea not null check (octet_length(checksum) = 32),
    applied_at timestamptz not null default now()
  );
  comment on table heed_migration is 'Which migrations made this database, with the SHA-256 of each as it was applied.'`

async function apply(client: PoolClient, { version, name, text, checksum }: Migration): Promise<void> {
  try {
    await client.query(text)
  } catch (cause) {
    throw new CannotStart(`Migration ${fileName({ version, name })} failed: ${messageOf(cause)}`, { cause })
  }
  await client.query('insert into heed_migration (version, name, checksum) values ($1, $2, $3)', [
    version,
    name,
    checksum,
  ])
}

function pendingOf(known: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const newest = Math.max(0, ...applied.map(({ version }) => version))
  for (const migration of applied) refuseUnlessSame(migration, known)
  const pending = known.filter(({ version }) => applied.every((done) => done.version !== version))
  const late = pending.find(({ version }) => version < newest)
  if (late !== undefined) {
    throw new CannotStart(
      `Migration ${fileName(late)} has a lower number than ${newest}, which this database already has; give it the next free number.`,
    )
  }
  return pending
}

function refuseUnlessSame(applied: AppliedMigration, known: readonly Migration[]): void {
  const own = known.find(({ version }) => version === applied.version)
  if (own === undefined) {
    throw new CannotStart(
      `The database has migration ${fileName(applied)}, which this Heed does not know: a newer Heed has used it. Start that version, or restore a backup made by this one.`,
    )
  }
  if (!own.checksum.equals(applied.checksum)) {
    throw new CannotStart(
      `Migration ${fileName(own)} has been changed since it was applied to this database. Put the old text back and make the change in a new migration.`,
    )
  }
}

/** What made this database, oldest first. */
export async function appliedMigrations(db: Pick<Pool, 'query'>): Promise<readonly AppliedMigration[]> {
  const found = await db.query<{ exists: boolean }>(
    `select to_regclass('heed_migration') is not null as exists`,
  )
  if (found.rows[0]?.exists !== true) return []
  const { rows } = await db.query<AppliedMigration>(
    'select version, name, checksum from heed_migration order by version',
  )
  return rows
}

async function readMigrations(folder: URL): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)))
  const twice = migrations.find((one) =>
    migrations.some((other) => other !== one && other.version === one.version),
  )
  if (twice !== undefined) throw new CannotStart(`Two migrations have the number of ${fileName(twice)}.`)
  return migrations
}

async function readMigration(folder: URL, file: string): Promise<Migration> {
  const [, version, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file) ?? []
  if (version === undefined || name === undefined) {
    throw new CannotStart(`The migration ${file} is not named like 0001-what-it-does.sql.`)
  }
  const text = await readFile(new URL(file, folder), 'utf8')
  return { version: Number(version), name, text, checksum: createHash('sha256').update(text).digest() }
}

function fileName({ version, name }: Pick<Migration, 'version' | 'name'>): string {
  return `${String(version).padStart(4, '0')}-${name}`
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
