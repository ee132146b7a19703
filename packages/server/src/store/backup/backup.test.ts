import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { newUuid } from '@heed/core'
import type pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { emptyDatabase, testDatabase } from '../../testing/test-database.ts'
import { openDatabase } from '../database.ts'
import { ensureEventPartitions } from '../event-partitions.ts'
import { TABLES } from '../tables.ts'
import { encodeFrame } from './backup-frames.ts'
import { makeBackup } from './make-backup.ts'
import { readBackup } from './read-backup.ts'
import { restoreBackup } from './restore-backup.ts'

const db = await testDatabase()
const target = openDatabase({ url: (await emptyDatabase()).url })
const folder = await mkdtemp(join(tmpdir(), 'heed-backup-'))
const file = join(folder, 'heed.backup')
const now = new Date('2026-11-21T12:00:00Z')
const workspaceId = '01890000-0000-7000-8000-000000000001'

beforeEach(async () => {
  await target.pool.query('drop schema public cascade; create schema public')
  for (const name of await readdir(folder)) await rm(join(folder, name))
  await fill()
})

afterAll(async () => {
  await target.close()
  await rm(folder, { recursive: true })
})

test('restores every row, sequence and partition of the database it was taken from', async () => {
  const report = await makeBackup(db.pool, { file, now })
  expect(report.tables).toContainEqual({ name: 'event', rows: 500, sha256: expect.any(String) })
  expect(await restoreBackup(target.pool, file)).toEqual({ takenAt: now, tables: report.tables })
  expect(await contents(target.pool)).toEqual(await contents(db.pool))
  expect(await one(target.pool, `select nextval('fact_seq') as value`)).toBe(
    await one(db.pool, `select nextval('fact_seq') as value`),
  )
  expect(await one(target.pool, 'select count(*) as value from event_2031_05')).toBe('500')
  expect(await one(target.pool, ADD_DROPS)).toBe('2')
})

test('is the database of one moment, whatever is written meanwhile', async () => {
  let isOver = false
  const begun = Promise.withResolvers<void>()
  const writing = (async () => {
    for (let round = 0; !isOver; round += 1) {
      if (round === 5) begun.resolve()
      // Both rows or neither: a backup that has only one of them was taken at two moments.
      await db.pool.query(`
        with node as (select gen_random_uuid()::text as id)
        , digest as (insert into drop_digest select '${workspaceId}', uuid_send(gen_random_uuid()), now(), 1 returning 1)
        insert into journal_state select '${workspaceId}', id, 1 from node`)
    }
  })()
  await begun.promise
  const { tables } = await makeBackup(db.pool, { file, now })
  isOver = true
  await writing
  const rows = Object.fromEntries(tables.map((table) => [table.name, table.rows]))
  expect(rows.journal_state).toBe(rows.drop_digest)
})

test('lets only its owner read the file, and leaves no unfinished one under its name', async () => {
  await makeBackup(db.pool, { file, now })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['heed.backup'])
})

test('refuses a database that has tables', async () => {
  await makeBackup(db.pool, { file, now })
  await target.pool.query('create table mine (id int)')
  await expect(restoreBackup(target.pool, file)).rejects.toThrow(
    'into an empty database only, and this one has 1 tables',
  )
})

test('refuses a file that was cut off, and changes nothing', async () => {
  await makeBackup(db.pool, { file, now })
  await truncate(file, (await stat(file)).size - 40)
  await expect(restoreBackup(target.pool, file)).rejects.toThrow('cannot be read')
  await rewrite((frames) => frames.subarray(0, frames.length - 5))
  await expect(restoreBackup(target.pool, file)).rejects.toThrow('cut off')
  expect(await one(target.pool, COUNT_TABLES)).toBe('0')
})

test('refuses rows of which one byte has changed', async () => {
  await makeBackup(db.pool, { file, now })
  await rewrite((frames) => {
    const at = frames.indexOf('Checkout', frames.indexOf('event'))
    frames.write('checkout', at)
    return frames
  })
  await expect(restoreBackup(target.pool, file)).rejects.toThrow(
    'The rows of table event in this backup are damaged',
  )
  expect(await one(target.pool, COUNT_TABLES)).toBe('0')
})

test('refuses a backup made by other migrations', async () => {
  await makeBackup(db.pool, { file, now })
  const frames: Buffer[] = []
  for await (const frame of readBackup(file)) {
    const changed =
      frame.kind === 'header'
        ? { ...frame, header: { ...frame.header, migrations: [...frame.header.migrations, NEWER] } }
        : frame
    frames.push(encodeFrame(changed))
  }
  await writeFile(file, gzipSync(Buffer.concat(frames)))
  await expect(restoreBackup(target.pool, file)).rejects.toThrow(
    'made by a Heed with other migrations (9999-newer)',
  )
})

test('says what a file is not', async () => {
  await writeFile(file, 'select 1')
  await expect(restoreBackup(target.pool, file)).rejects.toThrow('cannot be read')
  await writeFile(file, gzipSync('select 1'))
  await expect(restoreBackup(target.pool, file)).rejects.toThrow('not a Heed backup')
  await expect(restoreBackup(target.pool, join(folder, 'none'))).rejects.toThrow('cannot be read')
})

const NEWER = { version: 9999, name: 'newer', checksum: '00' }
const COUNT_TABLES = `select count(*) as value from pg_tables where schemaname = 'public'`
const ADD_DROPS = `insert into drop_batch (workspace_id, at, source_ids, reasons, digests)
  values ('${workspaceId}', now(), '{}', '{}', '{}') returning drop_batch_id as value`

async function fill() {
  const month = new Date('2031-05-01T00:00:00Z')
  await ensureEventPartitions(db.pool, month)
  await db.pool.query(`insert into workspace values ('${workspaceId}', E'Käse & "Söhne"\\n', now())`)
  await db.pool.query(
    `insert into source (workspace_id, source_id, name, write_key_digest, settings, created_at)
     values ('${workspaceId}', gen_random_uuid(), 'shop', sha256('k'), '{"limit": [1, null]}', now())`,
  )
  await db.pool.query(`alter sequence drop_batch_drop_batch_id_seq restart`)
  await db.pool.query(
    `insert into drop_batch (workspace_id, at, source_ids, reasons, digests)
     values ('${workspaceId}', now(), array[gen_random_uuid()], '{"a,b",null}', array['\\x00ff'::bytea])`,
  )
  const ids = Array.from({ length: 500 }, (_, at) =>
    newUuid(month.getTime() + at, (size) => new Uint8Array(size)),
  )
  await db.pool.query(
    `insert into event (workspace_id, id, seq, source_id, type, name, event_at, received_at, revenue, currency, sealed)
     select '${workspaceId}', id, nextval('fact_seq'), id, 'track', 'Checkout', now(), 'infinity', 12.345678901234567890,
            'EUR', decode(repeat(md5(id::text), 40), 'hex')
     from unnest($1::uuid[]) as id`,
    [ids],
  )
}

async function contents(pool: pg.Pool) {
  const rows: Record<string, unknown> = {}
  for (const table of Object.keys(TABLES)) {
    const value = `select md5(string_agg(t::text, ',' order by t::text)) as value from ${table} t`
    // When a migration was applied is each database's own history.
    if (table !== 'heed_migration') rows[table] = await one(pool, value)
  }
  return rows
}

async function one(pool: pg.Pool, query: string) {
  return (await pool.query(query)).rows[0].value
}

/** Changes the frames inside the compression, which has a checksum of its own. */
async function rewrite(change: (frames: Buffer) => Buffer) {
  const whole = await readFile(file).then((bytes) => gunzipSync(bytes, { finishFlush: 2 }))
  await writeFile(file, gzipSync(change(whole)))
}
