import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { type MasterKey, masterKey } from '../keys/master-key.ts'
import { rotateMasterKey } from '../keys/rotate-master-key.ts'
import { keyStoreOn, now } from '../keys/testing/subject-keys.ts'
import { wrapUnderMaster } from '../keys/wrapped-keys.ts'
import { testDatabase } from '../testing/test-database.ts'
import { DigestKeyError, digestRings, ensureDigestKey, openDigestRing } from './open-digest-ring.ts'

const db = await testDatabase()
const ada = { kind: 'email', value: 'ada@example.com' }
let master: MasterKey
let workspaceId = ''

const settings = (of: MasterKey = master) => ({ db: db.pool, masterKey: of, now, random: randomBytes })

beforeEach(async () => {
  const made = await keyStoreOn(db)
  await made.keys.close()
  master = made.master
  workspaceId = randomUUID()
})

async function addVersion(version: number, normaliser = 1): Promise<Buffer> {
  const raw = randomBytes(32)
  const copy = Buffer.from(raw)
  const wrapped = wrapUnderMaster(master, 'digest_key', { workspaceId, version, raw })
  await db.pool.query('insert into digest_key values ($1, $2, $3, $4, $5, $6)', [
    workspaceId,
    version,
    normaliser,
    wrapped,
    master.id,
    now(),
  ])
  return copy
}

test('nodes that meet a new workspace at the same time digest alike', async () => {
  const rings = await Promise.all(Array.from({ length: 8 }, () => openDigestRing(settings(), workspaceId)))
  expect(new Set(rings.map((ring) => ring.digest(ada).toString('hex'))).size).toBe(1)
  expect(rings[0]!.current).toMatchObject({ version: 1, normaliser: 1 })
})

test('workspaces do not share digests', async () => {
  const ringOf = digestRings(settings())
  const [one, other] = [await ringOf(randomUUID()), await ringOf(randomUUID())]
  expect(one.digest(ada)).not.toEqual(other.digest(ada))
})

test('a later version is written, and the earlier one is still looked under', async () => {
  const first = await openDigestRing(settings(), workspaceId)
  const raw = await addVersion(2)
  const both = await openDigestRing(settings(), workspaceId)
  const expected = createHmac('sha256', raw).update('email\0ada@example.com').digest().subarray(0, 16)
  expect(both.allDigests(ada)).toEqual([expected, first.digest(ada)])
})

test('a version of a normaliser this release does not have stops it', async () => {
  await addVersion(1, 2)
  await expect(openDigestRing(settings(), workspaceId)).rejects.toThrow('needs version 2 of the normaliser')
})

test('a lost digest key is never replaced while there are digests that it made', async () => {
  const ring = await openDigestRing(settings(), workspaceId)
  await db.pool.query(
    `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, provenance, seq, created_at)
     values ($1, $2, 1, 'email', $3, 'server', 1, $4)`,
    [workspaceId, ring.digest(ada), randomUUID(), now()],
  )
  await db.pool.query('delete from digest_key')
  await expect(openDigestRing(settings(), workspaceId)).rejects.toThrow(DigestKeyError)
  expect((await db.pool.query('select from digest_key')).rowCount).toBe(0)
})

test('the ring of a workspace is read once', async () => {
  const ringOf = digestRings(settings())
  const ring = await ringOf(workspaceId)
  await db.pool.query('delete from digest_key')
  expect(await ringOf(workspaceId)).toBe(ring)
})

test('rotating the master key changes no digest', async () => {
  const before = await openDigestRing(settings(), workspaceId)
  const to = masterKey(randomBytes(32))
  await rotateMasterKey({ pool: db.pool, from: master, to, now })
  expect((await openDigestRing(settings(to), workspaceId)).digest(ada)).toEqual(before.digest(ada))
  await expect(openDigestRing(settings(master), workspaceId)).rejects.toThrow(
    `but the one given is ${master.id}`,
  )
})

test('a digest key is not stored in the clear', async () => {
  await ensureDigestKey(settings(), workspaceId)
  const { rows } = await db.pool.query('select wrapped from digest_key')
  expect(rows[0].wrapped).toHaveLength(61)
})
