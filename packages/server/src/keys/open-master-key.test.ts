import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { masterKey } from './master-key.ts'
import { makeMasterKeyFile, readMasterKeyFile } from './master-key-file.ts'
import { openMasterKey } from './open-master-key.ts'
import { rotateMasterKey } from './rotate-master-key.ts'
import { rotateMasterKeyFile } from './rotate-master-key-file.ts'
import { now } from './testing/subject-keys.ts'

const db = await testDatabase()
let parent = ''
let dataDir = ''
let file = ''

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'heed-key-'))
  dataDir = path.join(parent, 'data')
  file = path.join(dataDir, 'master.key')
})
afterEach(() => rm(parent, { recursive: true }))

const open = (configured: string | null = null) =>
  openMasterKey({ configured, dataDir, pool: db.pool, now, random: randomBytes })

test('is made once, for its owner alone, and found again', async () => {
  const made = await open()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
  expect(await readdir(dataDir)).toEqual(['master.key'])
  expect((await open()).id).toBe(made.id)
})

test('of many starts at once one makes the file and all get its key', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, async () => (await open()).id))
  expect(new Set(ids).size).toBe(1)
  expect(await readdir(dataDir)).toEqual(['master.key'])
})

test('a file that already exists is never overwritten', async () => {
  const first = await makeMasterKeyFile(file, randomBytes)
  expect((await makeMasterKeyFile(file, randomBytes)).id).toBe(first.id)
})

test('the settings come before the file', async () => {
  const raw = randomBytes(32)
  expect((await open(raw.toString('base64'))).id).toBe(masterKey(raw).id)
  expect(await readMasterKeyFile(file)).toBeNull()
})

test('a file that everybody may read is refused', async () => {
  await open()
  await chmod(file, 0o644)
  await expect(open()).rejects.toThrow(`chmod 600 ${file}`)
})

test('a damaged file is refused by name, and stays', async () => {
  await open()
  await writeFile(file, 'nonsense')
  await expect(open()).rejects.toThrow(`${file} holds 6 bytes, not 32`)
  expect(await readFile(file, 'utf8')).toBe('nonsense')
})

test('a missing file is not replaced when the database already has keys', async () => {
  const lost = await open()
  await rm(file)
  await expect(open()).rejects.toThrow(
    `master.key is missing, but this database's keys are wrapped under master key ${lost.id}`,
  )
  expect(await readdir(dataDir)).toEqual([])
})

test('another key than the database answers to is refused, and the message names both', async () => {
  const right = await open()
  const wrong = randomBytes(32)
  await expect(open(wrong.toString('base64'))).rejects.toThrow(
    `wrapped under master key ${right.id}, but the one given is ${masterKey(wrong).id}`,
  )
})

test('of two nodes that each bring a key of their own to an empty database, one is refused', async () => {
  const keys = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const starts = await Promise.allSettled(keys.map((key) => open(key)))
  expect(starts.map((start) => start.status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('rotating changes the file, and the old key is refused from then on', async () => {
  const old = await open()
  await rotateMasterKeyFile({ dataDir, pool: db.pool, now, random: randomBytes })
  const fresh = await open()
  expect(fresh.id).not.toBe(old.id)
  expect(await readdir(dataDir)).toEqual(['master.key'])
  await expect(open(old.key.export().toString('base64'))).rejects.toThrow(`the one given is ${old.id}`)
})

test('a start after a rotation that was killed before it changed the file takes the key in waiting', async () => {
  const from = await open()
  const to = await makeMasterKeyFile(`${file}.next`, randomBytes)
  await rotateMasterKey({ pool: db.pool, from, to, now })
  expect((await open()).id).toBe(to.id)
  expect(await readdir(dataDir)).toEqual(['master.key'])
})

test('a rotation that was killed before it touched the database is finished by calling it again', async () => {
  await open()
  const waiting = await makeMasterKeyFile(`${file}.next`, randomBytes)
  await rotateMasterKeyFile({ dataDir, pool: db.pool, now, random: randomBytes })
  expect((await open()).id).toBe(waiting.id)
})

test('a key file that is not there cannot be rotated', async () => {
  await open()
  await rename(file, `${file}.elsewhere`)
  await expect(rotateMasterKeyFile({ dataDir, pool: db.pool, now, random: randomBytes })).rejects.toThrow(
    'the master key comes from HEED_MASTER_KEY',
  )
})
