import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OTHER_KEY, TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../http/testing/test-certificate.ts'
import { readSettings, type Settings } from '../settings.ts'
import { emptyDatabase, testDatabase } from '../testing/test-database.ts'
import { type DoctorParts, runDoctor } from './doctor.ts'
import { printDiagnosis } from './print-diagnosis.ts'

const db = await testDatabase()
const empty = await emptyDatabase()
let dataDir = ''

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'heed-doctor-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const settingsOf = (env: Record<string, string>): Settings => {
  const read = readSettings({ HEED_DATA_DIR: dataDir, HEED_PORT: '0', ...env })
  if (read.kind === 'wrong') throw new Error(read.problems.join())
  return read.settings
}

async function diagnose(env: Record<string, string> = {}, parts: Partial<DoctorParts> = {}) {
  const settings = settingsOf(env)
  const journalFolder = join(dataDir, 'journal')
  const diagnosis = await runDoctor({
    settings,
    databaseUrl: db.url,
    journalFolder,
    now: () => new Date(),
    ...parts,
  })
  const kindOf = (check: string) =>
    diagnosis.findings.filter((found) => found.check === check).map(({ kind }) => kind)
  return { diagnosis, kindOf, text: printDiagnosis(diagnosis) }
}

test('finds nothing wrong with a good installation', async () => {
  const masterKey = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 7)).toString('base64')
  const { diagnosis } = await diagnose({ HEED_MASTER_KEY: masterKey })
  expect(diagnosis.findings.filter(({ kind }) => kind === 'wrong')).toEqual([])
})

test('shows settings without secrets', async () => {
  const { text } = await diagnose({
    HEED_ADMIN_TOKEN: 'an-operators-own-token',
    HEED_DATABASE_URL: 'postgres://heed:hunter22@127.0.0.1:1/heed',
  })
  expect(text).toContain('HEED_DATABASE_URL')
  expect(text).not.toMatch(/hunter22|operators-own/)
})

test('finds a master key that others can read, and one in the data folder', async () => {
  await writeFile(join(dataDir, 'master.key'), 'x', { mode: 0o600 })
  expect((await diagnose()).kindOf('master-key')).toEqual(['risky'])
  await chmod(join(dataDir, 'master.key'), 0o640)
  expect((await diagnose()).kindOf('master-key')).toEqual(['wrong'])
})

test('finds keys that are examples', async () => {
  const { kindOf } = await diagnose({
    HEED_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    HEED_ADMIN_TOKEN: 'test-token-0123456789abcdef',
    HEED_WRITE_KEY: 'demo-write-key',
  })
  expect(['master-key', 'admin-token', 'write-key'].map(kindOf)).toEqual([['wrong'], ['wrong'], ['risky']])
})

test('finds that others can listen in', async () => {
  const kind = async (env: Record<string, string>) => (await diagnose(env)).kindOf('encryption')
  expect(await kind({})).toEqual(['fine'])
  expect(await kind({ HEED_HOST: '0.0.0.0' })).toEqual(['wrong'])
  expect(await kind({ HEED_PUBLIC_URL: 'http://heed.example.com' })).toEqual(['wrong'])
  expect(await kind({ HEED_HOST: '0.0.0.0', HEED_PUBLIC_URL: 'https://heed.example.com' })).toEqual(['fine'])
})

test('finds a certificate that cannot be read, or is none', async () => {
  const env = { HEED_TLS_CERT: join(dataDir, 'cert.pem'), HEED_TLS_KEY: join(dataDir, 'key.pem') }
  expect((await diagnose(env)).kindOf('certificate')).toEqual(['wrong'])
  await writeFile(env.HEED_TLS_CERT, 'x')
  await writeFile(env.HEED_TLS_KEY, 'y')
  expect((await diagnose(env)).kindOf('certificate')).toEqual(['wrong'])
})

test('finds a certificate that is about to expire, or has another key', async () => {
  const env = { HEED_TLS_CERT: join(dataDir, 'cert.pem'), HEED_TLS_KEY: join(dataDir, 'key.pem') }
  const kindAt = async (time: string) =>
    (await diagnose(env, { now: () => new Date(time), databaseUrl: null })).kindOf('certificate')
  await writeFile(env.HEED_TLS_CERT, TEST_CERTIFICATE)
  await writeFile(env.HEED_TLS_KEY, TEST_CERTIFICATE_KEY)
  expect(await kindAt('2030-01-01')).toEqual(['fine'])
  expect(await kindAt('2126-10-25')).toEqual(['risky'])
  expect(await kindAt('2127-01-01')).toEqual(['wrong'])
  await writeFile(env.HEED_TLS_KEY, OTHER_KEY)
  expect(await kindAt('2030-01-01')).toEqual(['wrong'])
})

test('finds that everybody is trusted as a proxy', async () => {
  expect((await diagnose({ HEED_TRUSTED_PROXIES: '0.0.0.0/0' })).kindOf('trusted-proxies')).toEqual(['wrong'])
})

test('finds a port that is taken', async () => {
  const server: Server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect((await diagnose({ HEED_PORT: String(port) })).kindOf('port')).toEqual(['risky'])
  server.close()
})

test('finds a database that does not answer, without its password', async () => {
  const { kindOf, text } = await diagnose({}, { databaseUrl: 'postgres://heed:hunter22@127.0.0.1:1/heed' })
  expect(kindOf('database')).toEqual(['wrong'])
  expect(text).toContain('ECONNREFUSED')
  expect(text).not.toContain('hunter22')
})

test('finds migrations that are to be made, on an empty database', async () => {
  expect((await diagnose({}, { databaseUrl: empty.url })).kindOf('migrations')).toEqual(['risky'])
})

test('finds a clock that is wrong', async () => {
  const now = () => new Date(Date.now() + 60_000)
  expect((await diagnose({}, { now })).kindOf('clock')).toEqual(['wrong'])
  expect((await diagnose()).kindOf('clock')).toEqual(['fine'])
})

test('finds events in the default partition', async () => {
  await db.pool.query(
    `insert into event (workspace_id, id, seq, source_id, type, event_at, received_at)
     values (gen_random_uuid(), '00000000-0000-7000-8000-000000000000', 1, gen_random_uuid(), 'track', now(), now())`,
  )
  expect((await diagnose()).kindOf('partitions')).toEqual(['risky'])
})

test('finds that copies of destroyed keys stay, or that the role may not do anything about them', async () => {
  expect((await diagnose()).kindOf('key-copies')).toEqual(['fine'])
  await db.pool.query("update key_removal set removed_at = now() - interval '3 hours'")
  expect((await diagnose()).kindOf('key-copies')).toEqual(['risky'])
  await db.pool.query('update key_removal set cleaned_at = removed_at')
  expect((await diagnose()).kindOf('key-copies')).toEqual(['fine'])

  await db.pool.query("create role looking login password 'looking' in role pg_read_all_data")
  const url = new URL(db.url)
  url.username = url.password = 'looking'
  const { kindOf, text } = await diagnose({}, { databaseUrl: url.href })
  expect(kindOf('key-copies')).toEqual(['risky'])
  expect(text).toContain('pg_switch_wal')
  await db.pool.query('drop role looking')
})

test('finds that the journal is missing, not shared, or cannot be written', async () => {
  expect((await diagnose()).kindOf('journal')).toEqual(['risky'])
  await mkdir(join(dataDir, 'journal'))
  await writeFile(join(dataDir, 'journal', 'node.journal'), '')
  expect((await diagnose()).kindOf('journal')).toEqual(['fine'])
  expect((await diagnose({ HEED_DATABASE_URL: db.url })).kindOf('journal-sharing')).toEqual(['risky'])
  expect(
    (await diagnose({}, { journalFolder: join(dataDir, 'journal', 'node.journal', 'below-a-file') })).kindOf(
      'journal',
    ),
  ).toEqual(['wrong'])
})

test('says nothing wrong about an embedded database that is not running', async () => {
  expect((await diagnose({}, { databaseUrl: null })).kindOf('database')).toEqual(['fine'])
})
