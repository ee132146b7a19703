import { afterAll, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../testing/test-database.ts'
import type { App } from '../app.ts'
import { ADMIN_TOKEN, testApp } from '../testing/test-app.ts'
import { healthRoutes, type ReadinessCheck } from './health.ts'
import { undocumentedRoutes } from './undocumented-routes.ts'

const db = await testDatabase()
const { app, seed } = await testApp(db.pool)
const withChecks = async (checks: readonly ReadinessCheck[]) =>
  testApp(db.pool, async (one: App) => {
    await one.register(async (scope) => healthRoutes(scope, checks), { prefix: '/other' })
  })
await app.ready()
beforeEach(seed)
afterAll(() => app.close())

test('says that it is alive and ready', async () => {
  expect((await app.inject('/healthz')).json()).toEqual({ status: 'alive' })
  const ready = await app.inject('/readyz')
  expect(ready.statusCode).toBe(200)
  expect(ready.json()).toEqual({ isReady: true, checks: [{ name: 'database', isReady: true }] })
})

test('is not ready while a check says no, breaks, or does not answer', async () => {
  const other = await withChecks([
    { name: 'journal', isReady: async () => false },
    { name: 'migrations', isReady: () => Promise.reject(new Error('ada@example.com')) },
    { name: 'database', isReady: () => new Promise(() => {}) },
  ])
  const answer = await other.app.inject('/other/readyz')
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toEqual({
    isReady: false,
    checks: ['journal', 'migrations', 'database'].map((name) => ({ name, isReady: false })),
  })
})

test('metrics are open to this machine and otherwise need their scope', async () => {
  const call = (options: object) => app.inject({ url: '/metrics', ...options })
  expect((await call({ headers: { host: 'localhost:4600' } })).body).toContain('heed_http_call_seconds')
  expect((await call({ headers: { host: 'heed.example.com' } })).statusCode).toBe(401)
  expect((await call({ headers: { host: 'localhost', 'x-forwarded-for': '127.0.0.1' } })).statusCode).toBe(
    401,
  )
  expect((await call({ headers: { host: 'localhost' }, remoteAddress: '203.0.113.7' })).statusCode).toBe(401)
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  expect((await call({ headers, remoteAddress: '203.0.113.7' })).statusCode).toBe(200)
})

test('every route is in the OpenAPI document, with its scope', async () => {
  expect(undocumentedRoutes(app)).toEqual([])
  const document = (await app.inject('/openapi.json')).json()
  expect(document.openapi).toBe('3.1.0')
  expect(document.paths['/api/v1/sources'].post).toMatchObject({
    'x-scope': 'sources:write',
    security: [{ token: [] }],
    requestBody: { content: { 'application/json': { schema: { required: ['name'] } } } },
    responses: { 201: {}, default: { content: { 'application/problem+json': {} } } },
  })
  expect(document.paths['/api/v1/sources/{id}'].patch.parameters).toMatchObject([{ name: 'id', in: 'path' }])
})

test('the page of routes needs nothing from elsewhere and runs nothing', async () => {
  const { headers, body } = await app.inject('/docs')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
  expect(body).not.toMatch(/<script|https?:\/\/|style=|onclick/)
  for (const text of ['/api/v1/tokens/{id}', 'scope: tokens:write', 'idempotency-mismatch'])
    expect(body).toContain(text)
})
