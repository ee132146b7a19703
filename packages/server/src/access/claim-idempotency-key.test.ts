import { randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../store/transaction.ts'
import { testDatabase } from '../testing/test-database.ts'
import { claimIdempotencyKey, forgetIdempotencyKeys, type IdempotentCall } from './claim-idempotency-key.ts'
import { seedInstallation } from './seed-installation.ts'

const db = await testDatabase()
const now = new Date('2026-11-21T12:00:00Z')
let workspaceId = ''

beforeEach(async () => {
  const parts = { pool: db.pool, now: () => now, random: randomBytes }
  workspaceId = (await seedInstallation(parts, { adminToken: null, writeKey: null })).workspaceId
})

const callWith = (more: Partial<IdempotentCall> = {}): IdempotentCall => ({
  workspaceId,
  key: 'k',
  route: 'POST /api/v1/requests',
  body: { identifiers: ['lovelace@example.com'] },
  resourceId: randomUUID(),
  now,
  ...more,
})

test('a call whose first transaction rolled back is new', async () => {
  const first = db.pool.connect()
  const client = await first
  await client.query('begin')
  expect(await claimIdempotencyKey(client, callWith())).toEqual({ kind: 'new' })
  const waiting = inTransaction(db.pool, (other) => claimIdempotencyKey(other, callWith()))
  await client.query('rollback')
  client.release()
  expect(await waiting).toEqual({ kind: 'new' })
})

test('a call that waits for the first one learns what that one made', async () => {
  const client = await db.pool.connect()
  await client.query('begin')
  const call = callWith()
  await claimIdempotencyKey(client, call)
  const waiting = inTransaction(db.pool, (other) => claimIdempotencyKey(other, callWith()))
  await client.query('commit')
  client.release()
  expect(await waiting).toEqual({ kind: 'repeat', resourceId: call.resourceId })
})

test('keeps neither the key nor anything that tells the body', async () => {
  await inTransaction(db.pool, (client) => claimIdempotencyKey(client, callWith({ key: 'secret-key' })))
  const { rows } = await db.pool.query(
    `select row_to_json(i)::text || encode(request_digest, 'escape') as text from idempotency_key i`,
  )
  expect(rows[0].text).not.toMatch(/lovelace|secret-key/)
})

test('without a key nothing is claimed, and an old one is forgotten', async () => {
  await inTransaction(db.pool, async (client) => {
    expect(await claimIdempotencyKey(client, callWith({ key: null }))).toEqual({ kind: 'new' })
    await claimIdempotencyKey(client, callWith())
  })
  expect(await forgetIdempotencyKeys(db.pool, now)).toBe(0)
  expect(await forgetIdempotencyKeys(db.pool, new Date(now.getTime() + 1))).toBe(1)
})
