import { randomBytes, randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import type { KeyStore } from './key-store.ts'
import { masterKey } from './master-key.ts'
import { openKeyStore } from './open-key-store.ts'
import { rotateWorkspaceKey } from './rotate-workspace-key.ts'
import { UnsealError } from './seal.ts'
import { insertSubjectKey, keyStoreOn, mintStored, now } from './testing/subject-keys.ts'
import { RetiredKekError } from './workspace-keys.ts'

const db = await testDatabase()
const opened: KeyStore[] = []
const workspaceId = randomUUID()
const newIds = () => ({ keyId: randomUUID(), subjectId: randomUUID() })

async function keyStore(
  ...of: Parameters<typeof keyStoreOn> extends [unknown, ...infer Rest] ? Rest : never
) {
  const made = await keyStoreOn(db, ...of)
  opened.push(made.keys)
  return made
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((keys) => keys.close()))
})

test('a minted key is opened by another node, by its id', async () => {
  const one = await keyStore()
  const other = await keyStore(one.master)
  const [minted] = await mintStored(db, one.keys, { workspaceId, count: 1 })

  const found = await other.keys.open(workspaceId, [minted!.row.keyId, randomUUID()])

  expect([...found.keys()]).toEqual([minted!.row.keyId])
  expect(found.get(minted!.row.keyId)!.subjectId).toBe(minted!.row.subjectId)
  expect(found.get(minted!.row.keyId)!.key.equals(minted!.key.key)).toBe(true)
})

test('a key that is deleted is gone at once, for a node that has just opened it too', async () => {
  const { keys } = await keyStore()
  const [minted] = await mintStored(db, keys, { workspaceId, count: 1 })
  const keyIds = [minted!.row.keyId]
  expect((await keys.open(workspaceId, keyIds)).size).toBe(1)

  await db.pool.query('delete from subject_key where key_id = any($1)', [keyIds])

  expect((await keys.open(workspaceId, keyIds)).size).toBe(0)
})

test('another workspace does not see a key by its id', async () => {
  const { keys } = await keyStore()
  const [minted] = await mintStored(db, keys, { workspaceId, count: 1 })
  expect((await keys.open(randomUUID(), [minted!.row.keyId])).size).toBe(0)
})

test('nodes that meet a new workspace at the same time agree on one workspace key', async () => {
  const { keys, master } = await keyStore()
  const others = await Promise.all([1, 2, 3].map(() => keyStore(master)))
  const all = [keys, ...others.map((other) => other.keys)]

  await Promise.all(all.map((each) => each.load(workspaceId)))

  const minted = await Promise.all(all.map((each) => each.mint(workspaceId, newIds())))
  for (const { row, key } of minted) {
    for (const each of all) expect((await each.unwrap(workspaceId, row)).key.equals(key.key)).toBe(true)
  }
})

test('a wrapped key does not open as the key of another person, key id or workspace', async () => {
  const { keys } = await keyStore()
  const { row } = await keys.mint(workspaceId, newIds())
  await keys.load(randomUUID())
  await expect(keys.unwrap(workspaceId, { ...row, subjectId: randomUUID() })).rejects.toThrow(UnsealError)
  await expect(keys.unwrap(workspaceId, { ...row, keyId: randomUUID() })).rejects.toThrow(UnsealError)
  await expect(keys.unwrap(randomUUID(), row)).rejects.toThrow(UnsealError)
})

test('another master key is refused in words that name both', async () => {
  const { keys, master } = await keyStore()
  await keys.load(workspaceId)
  const wrong = masterKey(randomBytes(32))
  const settings = { connection: { connectionString: db.url }, masterKey: wrong, now, random: randomBytes }
  const stranger = openKeyStore({ ...settings, onConnectionLost: () => {} })
  opened.push(stranger)

  const words = `wrapped under master key ${master.id}, but the one given is ${wrong.id}`
  await expect(stranger.load(workspaceId)).rejects.toThrow(words)
  await expect(stranger.load(randomUUID())).rejects.toThrow(`master key ${wrong.id} is not, or no longer`)
})

test('a node that missed a rotation cannot store what it mints, loads the new key, and can', async () => {
  const { keys, master } = await keyStore()
  const [before] = await mintStored(db, keys, { workspaceId, count: 1 })
  await rotateWorkspaceKey({ pool: db.pool, masterKey: master, workspaceId, now, random: randomBytes })

  const stale = await keys.mint(workspaceId, newIds())
  await expect(insertSubjectKey(db.pool, workspaceId, stale.row)).rejects.toMatchObject({ code: '23503' })

  await keys.reload(workspaceId)
  const fresh = await keys.mint(workspaceId, newIds())
  await insertSubjectKey(db.pool, workspaceId, fresh.row)
  expect(fresh.row.kekVersion).toBe(2)
  await expect(keys.unwrap(workspaceId, before!.row)).rejects.toThrow(RetiredKekError)
})

test('a node that missed a rotation still opens keys by id', async () => {
  const { keys, master } = await keyStore()
  const minted = await mintStored(db, keys, { workspaceId, count: 3 })
  await rotateWorkspaceKey({ pool: db.pool, masterKey: master, workspaceId, now, random: randomBytes })

  const found = await keys.open(
    workspaceId,
    minted.map(({ row }) => row.keyId),
  )

  for (const { key, row } of minted) expect(found.get(row.keyId)!.key.equals(key.key)).toBe(true)
})

test('a connection that breaks is told of, and the next call opens another', async () => {
  const { master } = await keyStore()
  let lost = 0
  const told = Promise.withResolvers<void>()
  const keys = openKeyStore({
    connection: { connectionString: db.url, application_name: 'heed-broken-keys' },
    masterKey: master,
    now,
    random: randomBytes,
    onConnectionLost: () => {
      lost += 1
      told.resolve()
    },
  })
  opened.push(keys)
  await keys.load(workspaceId)

  await db.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'heed-broken-keys'`,
  )
  await told.promise

  await keys.reload(workspaceId)
  expect(lost).toBeGreaterThan(0)
})
