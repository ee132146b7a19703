import { fromBase64, isSameHash, leafHash, verifyConsistency, verifyInclusion } from '@heed/core'
import { auditEntries, auditProof, heedKeys } from '@heed/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { sequenceOutbox } from '../../audit/sequence-outbox.ts'
import { sha256 } from '../../audit/sha256.ts'
import { signCheckpoint } from '../../audit/sign-checkpoint.ts'
import { auditRig } from '../../audit/testing/audit-rig.ts'
import { type LogReader, openCheckpoint, verifyLog } from '../../audit/verify-log.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { ADMIN_TOKEN, type TestApp, testApp } from '../testing/test-app.ts'
import { auditDoors } from './audit-doors.ts'

const db = await testDatabase()
let http: TestApp
let rig: ReturnType<typeof auditRig>

beforeEach(async () => {
  http = await testApp(db.pool, (app) => auditDoors(app, { pool: db.pool }))
  rig = auditRig(db.pool, await http.seed())
  await sequenceOutbox(rig.sequencing, rig.workspaceId)
  const facts = 300 - (await rig.log()).size
  await rig.tellMany(facts)
  await rig.sequence()
  await rig.sign()
})

const get = (url: string, token = ADMIN_TOKEN) =>
  http.app.inject({ url, headers: { authorization: `Bearer ${token}` } })
const bytesOf = (text: string) => fromBase64(text)!

async function keys(): Promise<Buffer[]> {
  const answer = await http.app.inject({ url: '/.well-known/heed-keys.json' })
  return heedKeys.parse(answer.json()).keys.map(({ x }) => Buffer.from(x, 'base64url'))
}

test('the checkpoint is a note that the published keys open', async () => {
  const answer = await get('/api/v1/audit/checkpoint')
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(openCheckpoint(answer.body, await keys())).toMatchObject({
    size: 300,
    origin: (await rig.log()).origin,
  })
})

test('entries are paged, hash to what is stated, and stop at the checkpoint', async () => {
  await rig.tellMany(5)
  await rig.sequence()
  const first = auditEntries.parse((await get('/api/v1/audit/entries?limit=200')).json())
  expect(first.data).toHaveLength(200)
  expect(first.nextCursor).toBe('200')
  const second = auditEntries.parse(
    (await get(`/api/v1/audit/entries?limit=200&cursor=${first.nextCursor}`)).json(),
  )
  expect(second.data.map(({ leaf }) => leaf)).toEqual(Array.from({ length: 100 }, (_, at) => 200 + at))
  expect(second.nextCursor).toBeNull()
  const [one] = auditEntries.parse((await get('/api/v1/audit/entries?start=7&limit=1')).json()).data
  expect(isSameHash(leafHash(sha256, Buffer.from(one!.entry)), bytesOf(one!.leafHash))).toBe(true)
  expect((await get('/api/v1/audit/entries?start=300')).json()).toEqual({ data: [], nextCursor: null })
})

describe('a proof', () => {
  test('of inclusion verifies against the checkpoint', async () => {
    const proof = auditProof.parse((await get('/api/v1/audit/proof?leaf=123')).json())
    if (proof.kind !== 'inclusion') throw new Error(proof.kind)
    const { root } = openCheckpoint((await get('/api/v1/audit/checkpoint')).body, await keys())!
    expect(isSameHash(bytesOf(proof.root), root)).toBe(true)
    const given = {
      leaf: 123,
      leafHash: bytesOf(proof.leafHash),
      size: 300,
      root,
      hashes: proof.hashes.map(bytesOf),
    }
    expect(verifyInclusion(sha256, given)).toBe(true)
    expect(verifyInclusion(sha256, { ...given, leaf: 122 })).toBe(false)
  })

  test('of consistency verifies between any two sizes', async () => {
    const proof = auditProof.parse((await get('/api/v1/audit/proof?from=100&to=257')).json())
    if (proof.kind !== 'consistency') throw new Error(proof.kind)
    const [fromRoot, toRoot] = [bytesOf(proof.fromRoot), bytesOf(proof.toRoot)]
    const hashes = proof.hashes.map(bytesOf)
    expect(verifyConsistency(sha256, { from: 100, fromRoot, to: 257, toRoot, hashes })).toBe(true)
  })

  test.each(['leaf=300', 'leaf=5&size=5', 'leaf=1&size=301', 'from=5&to=4', 'from=1&to=999'])(
    'of %s does not exist',
    async (query) => {
      expect((await get(`/api/v1/audit/proof?${query}`)).json()).toMatchObject({
        status: 404,
        code: 'not-found',
      })
    },
  )

  test.each(['', 'leaf=1&from=1', 'leaf=-1', 'leaf=x', 'leaf=1&place=2'])(
    'of "%s" is refused',
    async (query) => {
      expect((await get(`/api/v1/audit/proof?${query}`)).statusCode).toBe(400)
    },
  )
})

describe('tiles', () => {
  test('are served at the paths of the specification, full and partial', async () => {
    const full = await get('/api/v1/audit/tile/0/000')
    expect(full.headers['content-type']).toBe('application/octet-stream')
    expect(full.rawPayload.length).toBe(8192)
    expect((await get('/api/v1/audit/tile/0/001.p/44')).rawPayload.length).toBe(44 * 32)
    expect((await get('/api/v1/audit/tile/1/000.p/1')).rawPayload.length).toBe(32)
    const entries = (await get('/api/v1/audit/tile/entries/001.p/2')).rawPayload
    const length = entries.readUInt16BE(0)
    const stated = (await get('/api/v1/audit/tile/0/001.p/1')).rawPayload
    expect(leafHash(sha256, entries.subarray(2, 2 + length))).toEqual(stated)
  })

  test.each(['0/001', '0/001.p/45', '1/000.p/2', '0/1', 'entries/002.p/1', '9/000', '0/..%2f000', ''])(
    '%s does not exist',
    async (path) => {
      expect((await get(`/api/v1/audit/tile/${path}`)).statusCode).toBe(404)
    },
  )
})

test('the whole log can be verified through the doors alone', async () => {
  const reader: LogReader = {
    checkpoint: async () => (await get('/api/v1/audit/checkpoint')).body,
    entries: async (start) =>
      auditEntries
        .parse((await get(`/api/v1/audit/entries?start=${start}`)).json())
        .data.map(({ entry, leafHash }) => ({ entry, leafHash: bytesOf(leafHash) })),
    tile: async ({ level, index, width }) => {
      const partial = width === 256 ? '' : `.p/${width}`
      return (await get(`/api/v1/audit/tile/${level}/${String(index).padStart(3, '0')}${partial}`)).rawPayload
    },
  }
  expect(await verifyLog(reader, { keys: await keys(), previous: null })).toMatchObject({
    kind: 'intact',
    size: 300,
  })
})

test('one workspace never sees the log of another', async () => {
  const other = auditRig(db.pool)
  await other.addWorkspace()
  await other.tellMany(3)
  await other.sequence()
  await signCheckpoint(other.signing, other.workspaceId)
  const { data } = auditEntries.parse((await get('/api/v1/audit/entries?start=0&limit=1000')).json())
  const ids = (
    await db.pool.query('select outbox_id from outbox where workspace_id = $1', [other.workspaceId])
  ).rows
  expect(ids).toHaveLength(3)
  for (const { outbox_id } of ids) expect(data.some(({ entry }) => entry.includes(outbox_id))).toBe(false)
})

test('a log that never signed anything, and a log number that does not exist, are not there', async () => {
  expect((await get('/api/v1/audit/checkpoint?log=2')).statusCode).toBe(404)
  await db.pool.query('update audit_log set checkpoint = null, checkpoint_at = null, checkpoint_size = 0')
  expect((await get('/api/v1/audit/checkpoint')).statusCode).toBe(404)
})

test('the log takes a token, the keys take none and say nothing secret', async () => {
  expect((await http.app.inject({ url: '/api/v1/audit/checkpoint' })).statusCode).toBe(401)
  const answer = await http.app.inject({ url: '/.well-known/heed-keys.json' })
  expect(Object.keys(answer.json().keys[0]).sort()).toEqual(
    ['alg', 'createdAt', 'crv', 'kid', 'kty', 'retiredAt', 'use', 'x'].sort(),
  )
})
