import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import { startEmbeddedPostgres } from '../store/embedded/start-embedded-postgres.ts'
import { migrate } from '../store/migrate.ts'
import { gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { cleanKeyCopies } from './clean-key-copies.ts'
import { findKeyCopies, walFilesIn } from './find-key-copies.ts'
import { eraseRunner } from './testing/erase-runner.ts'
import { erasedPerson } from './testing/erased-person.ts'

const log = { info() {}, warn() {}, error: (fields: object) => errors.push(fields) } as never
const errors: object[] = []
const dataDir = await mkdtemp(join(tmpdir(), 'heed-copies-'))
const cluster = join(dataDir, 'postgres', 'data')
const server = await startEmbeddedPostgres({ dataDir, log, durability: 'full' })
const own = { ...openDatabase({ url: server.url }), url: server.url, truncate: async () => undefined }
await migrate(own.pool)
const rig = await gateRig(own)
const shared = await testDatabase()

afterAll(async () => {
  await rig.close()
  await own.close()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const clean = () => cleanKeyCopies({ pool: own.pool, log, isEmbedded: true })

/** In every file of the cluster, whatever it is for. */
async function countInFolder(secrets: readonly Buffer[]): Promise<number> {
  const names = await readdir(cluster, { recursive: true, withFileTypes: true })
  let found = 0
  for (const entry of names.filter((name) => name.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0))
    for (const secret of secrets) if (bytes.includes(secret)) found += 1
  }
  return found
}

test('after the cleaning no byte of a destroyed key is left in any file of the folder, and those of others open', async () => {
  await rig.send([item({ userId: 'stays' })])
  const people = []
  for (let at = 0; at < 30; at += 1)
    people.push(await erasedPerson(own, rig, { userId: `u${at}`, events: 1 }))
  const wrapped = (await own.pool.query<{ wrapped: Buffer }>('select wrapped from escrowed_key')).rows.map(
    (row) => row.wrapped,
  )
  expect(wrapped.length).toBe(30)
  await eraseRunner(own.pool, rig).run()
  await own.pool.query('checkpoint')
  expect(await countInFolder(wrapped)).toBeGreaterThan(30)
  const keys = people.flatMap(({ workspaceId, keyIds }) => keyIds.map((keyId) => ({ workspaceId, keyId })))
  expect(await findKeyCopies(await walFilesIn(cluster), keys)).toBeGreaterThan(30)

  expect(await clean()).toBe('cleaned')
  expect(await countInFolder(wrapped)).toBe(0)
  expect(await clean()).toBe('nothing-to-do')
  expect(errors).toEqual([])
  const { rows } = await own.pool.query('select key_id from subject_key')
  expect(rows).toHaveLength(1)
  expect((await rig.keyStore.open(rig.workspaceId, [rows[0].key_id])).size).toBe(1)
})

test('overwrites keys that lay between others in pages that were vacuumed and filled again', async () => {
  await rig.keyStore.load(rig.workspaceId)
  const live: Buffer[] = []
  const gone: Buffer[] = []
  for (let round = 0; round < 6; round += 1) {
    const fresh = Array.from({ length: 400 }, () => randomBytes(61))
    live.push(...fresh)
    await own.pool.query(
      `insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
       select $1, gen_random_uuid(), gen_random_uuid(), 1, wrapped, now() from unnest($2::bytea[]) as wrapped`,
      [rig.workspaceId, fresh],
    )
    live.sort(() => Math.random() - 0.5)
    const removed = live.splice(0, 50)
    gone.push(...removed)
    await own.pool.query('delete from subject_key where wrapped = any($1::bytea[])', [removed])
    if (round % 2 === 1) await own.pool.query('vacuum subject_key')
  }
  await own.pool.query('update key_removal set removed_at = clock_timestamp()')
  expect(await clean()).toBe('cleaned')
  expect(await countInFolder(gone)).toBe(0)
  expect(await countInFolder(live.slice(0, 5))).toBeGreaterThanOrEqual(5)
})

test('waits as long as somebody reads a state of before, and works on one node only', async () => {
  const reader = await own.pool.connect()
  await reader.query('begin isolation level repeatable read')
  await reader.query('select 1 from subject_key limit 1')
  await erasedPerson(own, rig, { userId: 'later', events: 1 })
  await eraseRunner(own.pool, rig).run()
  expect(await clean()).toBe('waiting')
  await reader.query('rollback')
  reader.release()
  expect((await Promise.all([clean(), clean(), clean()])).toSorted()).toEqual(['busy', 'busy', 'cleaned'])
})

test('a role without the rights says so, and the removal stays open', async () => {
  await shared.pool.query('update key_removal set removed_at = clock_timestamp()')
  const url = new URL(shared.url)
  await shared.pool.query(
    "create role weak login password 'weak' in role pg_read_all_data, pg_write_all_data",
  )
  url.username = 'weak'
  url.password = 'weak'
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  expect(await cleanKeyCopies({ pool, log, isEmbedded: false })).toBe('no-rights')
  await pool.end()
  const { rows } = await shared.pool.query('select cleaned_at from key_removal')
  expect(rows).toEqual([{ cleaned_at: null }])
  await shared.pool.query('drop owned by weak; drop role weak')
})
