import { beforeEach, expect, test } from 'vitest'
import { mintToken } from '../../access/token-format.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { ADMIN_TOKEN, testApp, WRITE_KEY } from '../testing/test-app.ts'

const db = await testDatabase()
let app: Awaited<ReturnType<typeof testApp>>
let workspaceId = ''

beforeEach(async () => {
  app = await testApp(db.pool)
  workspaceId = await app.seed()
})

type Call = { token?: string; body?: object; key?: string; remote?: string }

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, options: Call = {}) {
  const answer = await app.app.inject({
    method,
    url: `/api/v1/${path}`,
    headers: {
      authorization: `Bearer ${options.token ?? ADMIN_TOKEN}`,
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
    ...(options.remote === undefined ? {} : { remoteAddress: options.remote }),
    ...(options.body === undefined ? {} : { payload: options.body }),
  })
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? null : answer.json(),
  }
}

const makeToken = async (scopes: string[], more: object = {}) =>
  (await call('POST', 'tokens', { body: { name: 'a token', scopes, ...more } })).body

const facts = async () => (await db.pool.query('select kind, actor, body from outbox order by seq')).rows

test('a route says 401 to nobody and 403 to a token without its scope', async () => {
  expect((await app.app.inject('/api/v1/sources')).json()).toMatchObject({
    code: 'unauthenticated',
    status: 401,
  })
  const { token } = await makeToken(['audit:read'])
  expect(await call('GET', 'sources', { token })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await call('GET', 'workspaces', { token })).status).toBe(200)
})

test('a token is shown once and kept as a digest', async () => {
  const made = await makeToken(['sources:write'])
  expect(made.token).toMatch(/^heed_[\w-]{49}$/)
  const { rows } = await db.pool.query('select * from api_token')
  expect(JSON.stringify(rows)).not.toContain(made.token)
  const listed = await call('GET', 'tokens')
  expect(JSON.stringify(listed.body)).not.toContain(made.token)
  expect(listed.body.data).toHaveLength(2)
})

test('a revoked token stops at once, and revoking it again changes nothing', async () => {
  const made = await makeToken(['sources:write'])
  expect((await call('GET', 'sources', { token: made.token })).status).toBe(200)
  expect((await call('DELETE', `tokens/${made.id}`)).status).toBe(204)
  expect((await call('GET', 'sources', { token: made.token })).status).toBe(401)
  const { revokedAt } = (await call('GET', `tokens/${made.id}`)).body
  app.pass(1000)
  expect((await call('DELETE', `tokens/${made.id}`)).status).toBe(204)
  expect((await call('GET', `tokens/${made.id}`)).body.revokedAt).toBe(revokedAt)
  expect((await facts()).filter(({ kind }) => kind === 'token-revoked')).toHaveLength(1)
})

test('a token stops when its time has come', async () => {
  const { token } = await makeToken(['sources:write'], { expiresAt: '2026-11-21T12:01:00Z' })
  app.pass(59_000)
  expect((await call('GET', 'sources', { token })).status).toBe(200)
  app.pass(1_000)
  expect((await call('GET', 'sources', { token })).status).toBe(401)
})

test('a token cannot widen itself: neither by scope nor by time', async () => {
  const { token } = await makeToken(['tokens:write'], { expiresAt: '2026-11-22T00:00:00Z' })
  const child = (body: object) => call('POST', 'tokens', { token, body: { name: 'child', ...body } })
  expect((await child({ scopes: ['*'], expiresAt: '2026-11-21T20:00:00Z' })).status).toBe(403)
  expect((await child({ scopes: ['tokens:write'] })).status).toBe(403)
  expect((await child({ scopes: ['tokens:write'], expiresAt: '2026-11-23T00:00:00Z' })).status).toBe(403)
  expect((await child({ scopes: ['tokens:write'], expiresAt: '2026-11-21T20:00:00Z' })).status).toBe(201)
})

test('the last use is noted once a minute', async () => {
  const made = await makeToken(['sources:write'])
  const lastUse = async () => (await call('GET', `tokens/${made.id}`)).body.lastUsedAt
  expect(await lastUse()).toBeNull()
  await call('GET', 'sources', { token: made.token })
  expect(await lastUse()).toBe('2026-11-21T12:00:00.000Z')
  app.pass(59_000)
  await call('GET', 'sources', { token: made.token })
  expect(await lastUse()).toBe('2026-11-21T12:00:00.000Z')
  app.pass(1_000)
  await call('GET', 'sources', { token: made.token })
  expect(await lastUse()).toBe('2026-11-21T12:01:00.000Z')
})

test('wrong tokens make an address wait, but not a token that was right before', async () => {
  const remote = '203.0.113.7'
  const other = await makeToken(['sources:write'])
  expect((await call('GET', 'sources', { remote })).status).toBe(200)
  for (let guess = 0; guess < 20; guess += 1) {
    expect((await call('GET', 'sources', { remote, token: `wrong-${guess}` })).status).toBe(401)
  }
  const limited = await call('GET', 'sources', { remote, token: 'wrong-again' })
  expect(limited).toMatchObject({ status: 429, body: { code: 'rate-limited' } })
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
  expect((await call('GET', 'sources', { remote, token: other.token })).status).toBe(429)
  expect((await call('GET', 'sources', { remote })).status).toBe(200)
  expect((await call('GET', 'sources', { remote: '203.0.113.8', token: other.token })).status).toBe(200)
})

test('one token cannot take all the server has', async () => {
  const made = await makeToken(['audit:read'])
  const answers = await Promise.all(
    Array.from({ length: 1_050 }, () => call('GET', 'workspaces', { token: made.token })),
  )
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(50)
})

test('a source takes the key an operator gives it, and no key names two sources', async () => {
  const body = { name: 'shop', writeKey: 'old-segment-key' }
  const made = await call('POST', 'sources', { body })
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'shop', trust: 'client', writeKey: 'old-segment-key' },
  })
  expect(await call('POST', 'sources', { body })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  const other = (await call('POST', 'sources', { body: { name: 'other' } })).body
  expect(other.writeKey).toMatch(/^[0-9a-f]{40}$/)
  const taken = await call('PATCH', `sources/${other.id}`, { body: { writeKey: WRITE_KEY } })
  expect(taken).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(JSON.stringify((await call('GET', 'sources')).body)).not.toContain('old-segment-key')
})

test('a change changes what it names and nothing else', async () => {
  const { id } = (await call('POST', 'sources', { body: { name: 'shop', settings: { maxBatchEvents: 7 } } }))
    .body
  const changed = await call('PATCH', `sources/${id}`, { body: { settings: { maySuppress: false } } })
  expect(changed.body).toMatchObject({
    name: 'shop',
    writeKey: null,
    settings: { maxBatchEvents: 7, maySuppress: false, maxEventBytes: 32_768, mayLinkUserIds: true },
  })
  const rotated = await call('PATCH', `sources/${id}`, { body: { rotateWriteKey: true, enabled: false } })
  expect(rotated.body).toMatchObject({ enabled: false, writeKey: expect.stringMatching(/^[0-9a-f]{40}$/) })
  expect((await facts()).slice(-2)).toMatchObject([
    { kind: 'source-changed', body: { changed: ['settings.maySuppress'] } },
    { kind: 'source-changed', body: { changed: ['enabled', 'writeKey'] } },
  ])
  expect((await call('PATCH', `sources/${id}`, { body: {} })).status).toBe(400)
})

test('every mutation names its actor', async () => {
  const token = await makeToken(['*'])
  await call('POST', 'sources', { token: token.token, body: { name: 'shop' } })
  await call('PATCH', `workspaces/wsp_${workspaceId}`, { token: token.token, body: { name: 'Shop' } })
  const told = await facts()
  expect(told.map(({ kind }) => kind)).toEqual([
    'workspace-created',
    'token-created',
    'source-created',
    'token-created',
    'source-created',
    'setting-changed',
  ])
  expect(told.slice(0, 3).map(({ actor }) => actor)).toEqual(['settings', 'settings', 'settings'])
  expect(told.slice(4).map(({ actor }) => actor)).toEqual([`token:${token.id}`, `token:${token.id}`])
})

test('a repeat with the same Idempotency-Key makes nothing more and shows no secret again', async () => {
  const body = { name: 'shop' }
  const first = await call('POST', 'sources', { body, key: 'k1' })
  const again = await call('POST', 'sources', { body: { trust: 'client', name: 'shop' }, key: 'k1' })
  expect(first.status).toBe(201)
  expect(again).toMatchObject({ status: 200, body: { id: first.body.id, writeKey: null } })
  const mismatch = await call('POST', 'sources', { body: { name: 'other' }, key: 'k1' })
  expect(mismatch).toMatchObject({ status: 409, body: { code: 'idempotency-mismatch' } })
  const route = await call('POST', 'workspaces', { body, key: 'k1' })
  expect(route).toMatchObject({ status: 409, body: { code: 'idempotency-mismatch' } })
  expect((await call('POST', 'sources', { body, key: 'not one ü' })).status).toBe(400)
})

test('one of many calls at once with the same Idempotency-Key makes the resource', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => call('POST', 'sources', { body: { name: 'shop' }, key: 'race' })),
  )
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
})

test('lists go on from page to page', async () => {
  for (const name of ['a', 'b', 'c']) {
    app.pass(5)
    await call('POST', 'sources', { body: { name } })
  }
  const first = (await call('GET', 'sources?limit=2')).body
  const second = (await call('GET', `sources?limit=2&cursor=${first.nextCursor}`)).body
  expect([...first.data, ...second.data].map(({ name }) => name)).toEqual(['HEED_WRITE_KEY', 'a', 'b', 'c'])
  expect(second.nextCursor).toBeNull()
  expect((await call('GET', 'sources?cursor=ada')).body).toMatchObject({ code: 'invalid-body' })
})

test("one workspace never sees another's sources, tokens or name", async () => {
  const mine = (await call('POST', 'sources', { body: { name: 'mine' } })).body
  const made = await call('POST', 'workspaces', { body: { name: 'Second' } })
  expect(made.status).toBe(201)
  const { token } = made.body
  expect((await call('GET', 'sources', { token })).body).toEqual({ data: [], nextCursor: null })
  expect((await call('GET', `sources/${mine.id}`, { token })).status).toBe(404)
  expect((await call('PATCH', `sources/${mine.id}`, { token, body: { name: 'x' } })).status).toBe(404)
  const own = (await call('GET', 'tokens')).body.data[0]
  expect((await call('DELETE', `tokens/${own.id}`, { token })).status).toBe(404)
  expect((await call('GET', `workspaces/wsp_${workspaceId}`, { token })).status).toBe(404)
  expect((await call('GET', 'workspaces', { token })).body.data).toMatchObject([{ name: 'Second' }])
  expect((await call('GET', 'workspaces')).body.data).toMatchObject([{ name: 'default' }])
})

test('text that no database keeps is refused', async () => {
  for (const name of ['a\u0000b', '\ud800', '  ', 'x'.repeat(201)]) {
    expect((await call('POST', 'sources', { body: { name } })).body).toMatchObject({ code: 'invalid-body' })
  }
})

test('ids of another kind are not there', async () => {
  expect((await call('GET', `sources/tok_${workspaceId}`)).status).toBe(404)
  expect((await call('GET', 'sources/ada@example.com')).status).toBe(404)
})

test('no log line or metric of these routes holds a name, a key or a token', async () => {
  const made = await makeToken(['*'])
  await call('POST', 'sources', {
    body: { name: 'ada@example.com', writeKey: 'secret-write-key' },
    key: 'secret-idem',
  })
  await call('POST', 'sources', { body: { name: 'ada@example.com', writeKey: 'secret-write-key' } })
  await call('GET', 'sources', { token: mintToken(Buffer.alloc) })
  const secrets = ['ada@example.com', 'secret-write-key', 'secret-idem', made.token, ADMIN_TOKEN, WRITE_KEY]
  expect(await app.output.leaks(secrets)).toEqual([])
})
