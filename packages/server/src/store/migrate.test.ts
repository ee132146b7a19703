import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { emptyDatabase } from '../testing/test-database.ts'
import { databaseVersion, migrate, pendingMigrations } from './migrate.ts'

const { url } = await emptyDatabase()
const pool = new pg.Pool({ connectionString: url, max: 8 })
const path = await mkdtemp(join(tmpdir(), 'heed-migrations-'))
const folder = pathToFileURL(`${path}/`)

beforeEach(async () => {
  await pool.query('drop schema public cascade; create schema public')
  for (const name of await readdir(path)) await rm(join(path, name))
  await write('0001-first.sql', 'create table one (id int)')
  await write('0002-second.sql', 'create table two (id int); insert into two values (1)')
})

afterAll(async () => {
  await pool.end()
  await rm(path, { recursive: true })
})

const write = (name: string, text: string) => writeFile(join(path, name), text)
const versions = (migrations: readonly { version: number }[]) => migrations.map(({ version }) => version)

test('applies each migration once, in order', async () => {
  expect(versions(await pendingMigrations(pool, { folder }))).toEqual([1, 2])
  expect(versions(await migrate(pool, { folder }))).toEqual([1, 2])
  expect(versions(await migrate(pool, { folder }))).toEqual([])
  expect(await databaseVersion(pool)).toBe(2)
})

test('applies each migration once when many nodes start together', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => migrate(pool, { folder })))
  expect(all.flatMap(versions).sort()).toEqual([1, 2])
  expect((await pool.query('select id from two')).rowCount).toBe(1)
})

test('stops after the version it is told', async () => {
  expect(versions(await migrate(pool, { folder, upTo: 1 }))).toEqual([1])
  expect(versions(await pendingMigrations(pool, { folder }))).toEqual([2])
})

test('refuses a migration that was changed after it had been applied', async () => {
  await migrate(pool, { folder })
  await write('0001-first.sql', 'create table one (id bigint)')
  await expect(migrate(pool, { folder })).rejects.toThrow(
    'Migration 0001-first has been changed since it was applied',
  )
  await expect(pendingMigrations(pool, { folder })).rejects.toThrow('0001-first has been changed')
})

test('refuses a database that a newer Heed has used', async () => {
  await migrate(pool, { folder })
  await rm(join(path, '0002-second.sql'))
  await expect(migrate(pool, { folder })).rejects.toThrow(
    '0002-second, which this Heed does not know: a newer Heed',
  )
})

test('leaves nothing of a migration that fails, and keeps those before it', async () => {
  await write('0003-broken.sql', 'create table three (id int); select no_such_function()')
  await expect(migrate(pool, { folder })).rejects.toThrow(/Migration 0003-broken failed: .*no_such_function/)
  expect(await databaseVersion(pool)).toBe(2)
  expect((await pool.query(`select to_regclass('three') as found`)).rows).toEqual([{ found: null }])
})

test('refuses numbers used twice, numbers that come too late and other names', async () => {
  await write('0002-again.sql', 'select 1')
  await expect(migrate(pool, { folder })).rejects.toThrow('Two migrations have the number of 0002-again')
  await rm(join(path, '0002-again.sql'))
  await rm(join(path, '0001-first.sql'))
  await migrate(pool, { folder })
  await write('0001-first.sql', 'create table one (id int)')
  await expect(migrate(pool, { folder })).rejects.toThrow('0001-first has a lower number than 2')
  await write('draft.sql', 'select 1')
  await expect(migrate(pool, { folder })).rejects.toThrow('draft.sql is not named like')
})
