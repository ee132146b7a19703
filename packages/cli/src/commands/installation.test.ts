import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from '../testing/heed-for-tests.ts'
import { runCommand } from '../testing/run-command.ts'

const empty = await cloneDatabase('nothing')
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
let dataDir = ''
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'heed-cli-'))
})
/** Beside and not in it: an embedded server runs as another user when this one is root, and must get through. */
const own = join(tmpdir(), `heed-cli-served-${process.pid}`)
afterAll(async () => {
  for (const folder of [dataDir, own]) await rm(folder, { recursive: true, force: true })
})

test('migrate brings an empty database up, and says so when there is nothing to do', async () => {
  const env = { HEED_DATABASE_URL: empty, HEED_DATA_DIR: dataDir }
  const { exitCode, out } = await runCommand(['migrate'], { env })
  expect([exitCode, out]).toEqual([
    0,
    expect.stringMatching(/^Applied \d+ migrations:\n {2}0001-foundation\n/),
  ])
  expect(await runCommand(['migrate'], { env })).toMatchObject({
    exitCode: 0,
    out: 'The database is up to date.\n',
  })
  expect(JSON.parse((await runCommand(['migrate', '--json'], { env })).out)).toEqual({ applied: [] })
})

test('doctor ends with 1 when something is wrong, and shows no secret', async () => {
  const env = {
    HEED_DATABASE_URL: empty,
    HEED_DATA_DIR: dataDir,
    HEED_ADMIN_TOKEN: 'an-operators-own-token',
    HEED_PORT: '0',
  }
  const good = await runCommand(['doctor'], { env })
  expect(good.out).toContain('HEED_DATABASE_URL')
  const bad = await runCommand(['doctor', '--json'], { env: { ...env, HEED_HOST: '0.0.0.0' } })
  expect(bad.exitCode).toBe(1)
  expect(JSON.parse(bad.out).findings).toContainEqual(
    expect.objectContaining({ check: 'encryption', kind: 'wrong' }),
  )
  expect(good.out + bad.out).not.toContain('operators-own')
})

test('a backup that cannot be written ends with 1', async () => {
  const env = { HEED_DATABASE_URL: empty, HEED_DATA_DIR: dataDir }
  const { exitCode, err } = await runCommand(['backup', join(dataDir, 'no/such/folder')], { env })
  expect([exitCode, err]).toEqual([1, 'heed: A file or folder cannot be used (ENOENT).\n'])
})

test('a command that needs a database makes none', async () => {
  for (const args of [
    ['backup', 'x.backup'],
    ['keys', 'show'],
    ['keys', 'rotate', 'workspace'],
  ]) {
    const { exitCode, err } = await runCommand(args, { env: { HEED_DATA_DIR: join(dataDir, 'misspelt') } })
    expect([exitCode, err]).toEqual([1, expect.stringContaining('There is no database in')])
  }
  expect(existsSync(join(dataDir, 'misspelt'))).toBe(false)
})

test('serve runs an embedded Heed that other commands join, until SIGTERM', {
  timeout: 120_000,
}, async () => {
  const settings = { HEED_DATA_DIR: own, HEED_PORT: '0', HEED_LOG_LEVEL: 'silent' }
  const env = {
    ...settings,
    PATH: process.env.PATH ?? '',
    HEED_URL: 'http://127.0.0.1:9',
    HEED_TOKEN: 'unused',
  }
  const child = spawn(process.execPath, [MAIN, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let printed = ''
  child.stdout.on('data', (piece) => {
    printed += piece
  })
  while (child.exitCode === null && !printed.includes('admin token'))
    await new Promise((done) => setTimeout(done, 50))
  const shown = await runCommand(['keys', 'show', '--json'], { env: settings })
  expect([shown.exitCode, JSON.parse(shown.out)]).toMatchObject([
    0,
    { masterKeyIds: [expect.stringMatching(/^mk_/)] },
  ])
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(printed).toMatch(/^Heed answers at http.+\n {2}write key: .+\n {2}admin token: heed_/)
  const alone = await runCommand(['backup', join(own, 'x.backup'), '--json'], { env: settings })
  expect([alone.exitCode, alone.err]).toEqual([0, ''])
  expect(existsSync(join(own, 'x.backup'))).toBe(true)
})
