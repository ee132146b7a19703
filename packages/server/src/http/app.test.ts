import { connect } from 'node:net'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { testDatabase } from '../testing/test-database.ts'
import type { App } from './app.ts'
import { ADMIN_TOKEN, testApp } from './testing/test-app.ts'

const SECRET = 'ada@example.com'

function addTestRoutes(app: App): void {
  const tags = ['test']
  app.post(
    '/test/body',
    {
      schema: {
        tags,
        body: z.strictObject({
          name: z.string().max(3),
          list: z.array(z.object({ n: z.number() })).optional(),
        }),
      },
    },
    async (call) => call.body,
  )
  app.get('/test/broken/:id', { schema: { tags } }, async () => {
    const person: Record<string, { name: string }> = {}
    return person[SECRET]!.name
  })
  app.get('/test/value', { schema: { tags } }, async () => {
    await db.pool.query('select $1::int', [SECRET])
  })
  app.get('/test/slow', { schema: { tags } }, async () => {
    await new Promise((done) => setTimeout(done, 300))
    return { finished: true }
  })
}

const db = await testDatabase()
const { app, output, seed } = await testApp(db.pool, addTestRoutes)
const address = await app.listen({ host: '127.0.0.1', port: 0 })
beforeEach(seed)
afterAll(() => app.close())

const post = (payload: string | Buffer, contentType = 'application/json') =>
  app.inject({ method: 'POST', url: '/test/body', headers: { 'content-type': contentType }, payload })

test('answers a wrong body with the place that is wrong, never with what stood there', async () => {
  const answer = await post(JSON.stringify({ name: SECRET, list: [{ n: SECRET }], [SECRET]: 1 }))
  expect(answer.statusCode).toBe(400)
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answer.json()).toMatchObject({
    code: 'invalid-body',
    requestId: answer.headers['x-request-id'],
    errors: expect.arrayContaining([
      { path: '/name', message: expect.stringContaining('<=3') },
      { path: '/list/0/n', message: expect.any(String) },
      { path: '/', message: 'has a field that this route does not take' },
    ]),
  })
  expect(answer.body).not.toContain('ada@')
})

test.each([
  ['nothing', '', 'invalid-json'],
  ['half of it', '{"name":"ada@example.com', 'invalid-json'],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalid-encoding'],
  ['a key twice', '{"name":"a","n\\u0061me":"b"}', 'invalid-json'],
  ['__proto__', '{"__proto__":{"a":1}}', 'invalid-json'],
  ['nesting without end', '['.repeat(100_000) + ']'.repeat(100_000), 'invalid-json'],
])('refuses %s as a body', async (_what, body, code) => {
  const answer = await post(body)
  expect(answer.json()).toMatchObject({ code, status: 400 })
  expect(answer.body).not.toContain('ada@')
})

test('takes a body whose strings look like structure', async () => {
  const answer = await post('{"name":"{\\"" , "list": [] }')
  expect(answer.json()).toEqual({ name: '{"', list: [] })
})

test('refuses another content type and too much of the right one', async () => {
  expect((await post('name=ada', 'text/plain')).json()).toMatchObject({
    code: 'unsupported-media-type',
    status: 415,
  })
  expect((await post(`"${'x'.repeat(2 ** 21)}"`)).json()).toMatchObject({ code: 'too-large' })
})

test('answers what has no route, and what cannot be an address, as a problem', async () => {
  expect((await app.inject('/nowhere/ada@example.com')).json()).toMatchObject({
    code: 'not-found',
    status: 404,
  })
  const escaped = await app.inject('/api/%ff')
  expect(escaped.json()).toMatchObject({ code: 'invalid-encoding', status: 400 })
  const long = await app.inject(`/test/broken/${'x'.repeat(400)}`)
  expect(long.json()).toMatchObject({ code: 'not-found' })
})

test('an unexpected error says only that it happened, and the log finds it by the same id', async () => {
  const answer = await app.inject('/test/broken/7')
  expect(answer.json()).toMatchObject({ code: 'internal', status: 500 })
  const requestId = answer.headers['x-request-id']
  expect(output.lines()).toContainEqual(
    expect.objectContaining({
      requestId,
      level: 'error',
      err: expect.objectContaining({ type: 'TypeError' }),
    }),
  )
})

test('refuses a megabyte of headers and a broken request line', async () => {
  expect(await sendRaw(`GET /healthz HTTP/1.1\r\nx: ${'y'.repeat(2 ** 20)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  )
  expect(await sendRaw('GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*problem\+json/)
})

test('takes an address that holds a whole event', async () => {
  const answer = await sendRaw(
    `GET /healthz?data=${'x'.repeat(48 * 1024)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
})

test('a route under /api/v1 that says no scope does not start', async () => {
  await expect(testApp(db.pool, (one) => void one.get('/api/v1/open', async () => 'open'))).rejects.toThrow(
    /config\.scope/,
  )
})

test('a route that hides itself does not start', async () => {
  await expect(
    testApp(db.pool, (one) => void one.get('/hidden', { schema: { hide: true } }, async () => 'x')),
  ).rejects.toThrow(/hides itself/)
})

test("takes a plain JSON Schema from doors whose contract is somebody else's", async () => {
  const body = { type: 'object', required: ['type'], properties: { type: { enum: ['track'] } } }
  const other = await testApp(db.pool, (one) => {
    one.post('/v1/track', { schema: { body } }, async () => ({ success: true }))
  })
  expect(
    (await other.app.inject({ method: 'POST', url: '/v1/track', payload: { type: 'track' } })).statusCode,
  ).toBe(200)
  const refused = await other.app.inject({ method: 'POST', url: '/v1/track', payload: { type: SECRET } })
  expect(refused.json()).toMatchObject({ code: 'invalid-body' })
  expect(other.app.swagger()).toMatchObject({ paths: { '/v1/track': { post: { requestBody: {} } } } })
})

test('finishes a call it has begun before it closes', async () => {
  const other = await testApp(db.pool, addTestRoutes)
  const base = await other.app.listen({ host: '127.0.0.1', port: 0 })
  const begun = fetch(`${base}/test/slow`)
  await new Promise((done) => setTimeout(done, 100))
  await other.app.close()
  expect(await (await begun).json()).toEqual({ finished: true })
})

test("no log line, error or metric of any of this holds somebody's data, a key or a token", async () => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-note': SECRET, 'user-agent': SECRET }
  for (const url of [
    '/test/broken/',
    '/api/v1/sources/',
    '/nowhere?e=',
    '/healthz?e=',
    '/api/v1/sources?cursor=',
    '/x/%ff',
  ]) {
    await app.inject({ url: `${url}${SECRET}`, headers })
  }
  await app.inject({ url: '/test/value', headers })
  await post(`{"name":"${SECRET}`)
  await app.inject({ url: '/api/v1/sources', headers: { authorization: `Bearer ${SECRET}-wrong` } })
  expect(output.lines().length).toBeGreaterThan(10)
  expect(await output.leaks([SECRET, ADMIN_TOKEN, 'example.com'])).toEqual([])
})

test('a field that nobody allowed does not reach the log', () => {
  output.log.info({ email: SECRET, count: 2 }, 'noted')
  expect(output.lines().at(-1)).toMatchObject({ count: 2, droppedFields: ['email'] })
})

function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(address)
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(text))
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}
