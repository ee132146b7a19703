import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, expect, test } from 'vitest'
import { isAlive } from './process-identity.ts'
import { type EmbeddedPostgres, runningPostgres, startEmbeddedPostgres } from './start-embedded-postgres.ts'

const HOLDER = fileURLToPath(new URL('../../testing/hold-embedded-postgres.ts', import.meta.url))
const PATIENCE_MS = 60_000

const dataDir = await mkdtemp(join(tmpdir(), 'heed-test-'))
const cluster = join(dataDir, 'postgres', 'data')
const warnings: string[] = []
const log = { info() {}, warn: (_: unknown, text: string) => warnings.push(text), error() {} } as never
const running: EmbeddedPostgres[] = []

async function start(durability: 'full' | 'throw-away' = 'throw-away', folder = dataDir) {
  const server = await startEmbeddedPostgres({ dataDir: folder, log, durability })
  running.push(server)
  return server
}

afterEach(async () => {
  warnings.length = 0
  for (const server of running.splice(0)) await server.stop()
})

afterAll(() => rm(dataDir, { recursive: true, force: true }))

test('serves a database, keeps what is in it over a stop, and leaves no process', async () => {
  const first = await start()
  await run(first.url, 'create table kept (word text); insert into kept values ($$no$$)')
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)
  const second = await start()
  expect(await run(second.url, 'select word from kept')).toEqual([{ word: 'no' }])
})

test('goes on with the server of a Heed that was killed, and ends its sessions', async () => {
  const heed = await hold()
  await kill(heed.process)
  expect(isAlive(heed.pid)).toBe(true)
  const orphan = new pg.Client({ connectionString: heed.url })
  await orphan.connect()
  const ended = once(orphan, 'error')
  orphan.on('error', () => {})
  const next = await start()
  expect(next.pid).toBe(heed.pid)
  expect(String(await ended)).toContain('administrator command')
  expect(await run(next.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('starts the server again with its own settings when the left-over one had others', async () => {
  const heed = await hold()
  await kill(heed.process)
  const next = await start('full')
  expect(next.pid).not.toBe(heed.pid)
  expect(isAlive(heed.pid)).toBe(false)
  expect(await run(next.url, 'show fsync')).toEqual([{ fsync: 'on' }])
})

test('recovers when Heed and the server were both killed, even while a session of it goes on', async () => {
  const heed = await hold()
  await run(heed.url, 'create table survived (word text); insert into survived values ($$no$$)')
  const busy = run(heed.url, 'select count(*) from generate_series(1, 10000000)').catch(() => 'cut off')
  await expect.poll(() => run(heed.url, BUSY_SESSIONS), { timeout: PATIENCE_MS }).toEqual([{ busy: 1 }])
  process.kill(heed.pid, 'SIGKILL')
  await kill(heed.process)
  const next = await start()
  expect(next.pid).not.toBe(heed.pid)
  expect(await run(next.url, 'select word from survived')).toEqual([{ word: 'no' }])
  await busy
})

test('is not held up by a postmaster.pid that names a process of somebody else', async () => {
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n1\n5432\n\n\n\nready\n`)
  const server = await start()
  expect(await run(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('refuses a second Heed on the folder and names the first one', async () => {
  const heed = await hold()
  await expect(start()).rejects.toThrow(
    `already running on ${join(dataDir, 'postgres')} as process ${heed.process.pid}`,
  )
  expect(await runningPostgres(dataDir)).toBe(heed.url)
  await kill(heed.process)
})

test(
  'starts a server again that has died',
  async () => {
    const server = await start()
    const dead = server.pid
    process.kill(dead, 'SIGKILL')
    await expect.poll(() => server.pid, { timeout: PATIENCE_MS }).not.toBe(dead)
    expect(await run(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  },
  PATIENCE_MS,
)

test('keeps values out of the server log, even those of a failed statement', async () => {
  const server = await start()
  const insert = 'create table once (address text primary key); insert into once values ($$ada@example.com$$)'
  await run(server.url, insert)
  await expect(run(server.url, 'insert into once values ($$ada@example.com$$)')).rejects.toThrow(
    'duplicate key',
  )
  const written = await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')
  expect(written).toContain('duplicate key')
  expect(written).not.toContain('ada@')
})

test('listens in a private short folder when the data folder has a long path', async () => {
  const deep = join(dataDir, 'a'.repeat(60), 'b'.repeat(60))
  const server = await start('throw-away', deep)
  const sockets = new URL(server.url).searchParams.get('host') ?? ''
  expect(sockets.startsWith(join(tmpdir(), 'heed-'))).toBe(true)
  expect((await stat(sockets)).mode & 0o777).toBe(0o700)
  expect(await run(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await runningPostgres(deep)).toBe(server.url)
  await server.stop()
  await rm(sockets, { recursive: true })
})

test('says when no server answers', async () => {
  expect(await runningPostgres(dataDir)).toBeNull()
})

const BUSY_SESSIONS = `select count(*)::int as busy from pg_stat_activity where query like '%generate_series%' and pid <> pg_backend_pid()`

async function run(url: string, statement: string) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** Another Heed, as a process of its own that can be killed. */
async function hold() {
  const child = spawn(process.execPath, [HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, pid } = JSON.parse(line)
    return { url: String(url), pid: Number(pid), process: child }
  }
  throw new Error('the other process did not start')
}

async function kill(child: ChildProcess) {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
