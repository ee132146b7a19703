import { beforeEach, describe, expect, test } from 'vitest'
import { createClient, HeedError } from './index.ts'
import { answering, type FakeServer, problem } from './testing/fake-server.ts'

const REQUEST = { type: 'suppress', subject: { identifiers: [{ kind: 'userId', value: 'u1' }] } } as const

let waits: number[]
beforeEach(() => {
  waits = []
})

const clientOf = (server: FakeServer, more: object = {}) =>
  createClient({
    baseUrl: 'http://heed.test/',
    token: 'heed_secret',
    fetch: server.fetch,
    sleep: async (ms) => {
      waits.push(ms)
    },
    ...more,
  })

const failureOf = (promise: Promise<unknown>): Promise<HeedError> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => (error instanceof HeedError ? error : expect.unreachable(String(error))),
  )

test('sends the token, and a body as JSON', async () => {
  const server = answering({ id: 'req_1' })
  expect(await clientOf(server).requests.open(REQUEST)).toEqual({ id: 'req_1' })
  expect(server.calls).toMatchObject([
    {
      method: 'POST',
      url: 'http://heed.test/api/v1/requests',
      headers: { authorization: 'Bearer heed_secret', 'content-type': 'application/json' },
      body: JSON.stringify(REQUEST),
    },
  ])
})

describe('a repeat', () => {
  test('comes when the server said, under the same Idempotency-Key', async () => {
    const server = answering(
      problem(503, { code: 'gate-busy', retryAfter: 2 }),
      problem(429, { code: 'rate-limited', retryAfter: 7 }),
      { id: 'req_1' },
    )
    await clientOf(server).requests.open(REQUEST)
    expect(waits).toEqual([2000, 7000])
    const keys = server.calls.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('is not the same as a second call', async () => {
    const server = answering({}, {})
    const client = clientOf(server)
    await client.requests.open(REQUEST)
    await client.requests.open(REQUEST)
    const [first, second] = server.calls
    expect(first?.headers['idempotency-key']).not.toBe(second?.headers['idempotency-key'])
  })

  test('waits a little more each time where the server says nothing, and ends', async () => {
    const server = answering(...Array.from({ length: 5 }, () => problem(503, { code: 'overloaded' })))
    const error = await failureOf(clientOf(server).sources.list().firstPage())
    expect(error).toMatchObject({ code: 'overloaded', status: 503 })
    expect(waits).toEqual([500, 1000, 2000, 4000])
  })

  test('is not waited for when the wait is too long', async () => {
    const server = answering(problem(429, { code: 'rate-limited', retryAfter: 3600 }))
    const error = await failureOf(clientOf(server).tokens.get('tok_1'))
    expect(error).toMatchObject({ code: 'rate-limited', retryAfter: 3600 })
    expect(waits).toEqual([])
  })

  test('does not follow a refusal', async () => {
    const server = answering(problem(403, { code: 'forbidden' }))
    await failureOf(clientOf(server).tokens.get('tok_1'))
    expect(server.calls).toHaveLength(1)
  })
})

describe('an error', () => {
  test('says what the server said, and where its log has more', async () => {
    const errors = [{ path: '/name', message: 'is not valid' }]
    const server = answering(problem(400, { code: 'invalid-body', detail: 'See errors.', errors }))
    expect(await failureOf(clientOf(server).sources.create({ name: '' }))).toMatchObject({
      code: 'invalid-body',
      status: 400,
      detail: 'See errors.',
      requestId: 'r1',
      errors,
    })
  })

  test('tells a proxy from a Heed', async () => {
    const server = answering(new Response('<html>Bad gateway</html>', { status: 502 }))
    expect(await failureOf(clientOf(server).sources.get('src_1'))).toMatchObject({
      code: 'unreadable',
      status: 502,
    })
    const page = answering(new Response('<html>Welcome</html>'))
    expect(await failureOf(clientOf(page).sources.get('src_1'))).toMatchObject({ code: 'unreadable' })
  })

  test('of a server that is not there names its place, and neither password nor token', async () => {
    const fetch = async () => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
    }
    const client = createClient({ baseUrl: 'http://me:hunter22@127.0.0.1:1', token: 'heed_secret', fetch })
    const error = await failureOf(client.sources.get('src_1'))
    expect(error).toMatchObject({ code: 'unreachable', status: 0 })
    expect(error.message).toContain('http://127.0.0.1:1 (ECONNREFUSED)')
    expect(error.message).not.toMatch(/hunter22|heed_secret/)
  })
})

describe('a list', () => {
  const pages = () => [
    { data: [{ id: 'evt_2' }], nextCursor: 'c1' },
    { data: [], nextCursor: 'c2' },
    { data: [{ id: 'evt_1' }], nextCursor: null },
  ]

  test('goes on over empty pages to the last, with the same filters', async () => {
    const server = answering(...pages())
    const found: unknown[] = []
    for await (const event of clientOf(server).events.list({ name: 'A b', limit: 1 }).items())
      found.push(event)
    expect(found).toEqual([{ id: 'evt_2' }, { id: 'evt_1' }])
    expect(server.calls.map(({ url }) => new URL(url).search)).toEqual([
      '?name=A+b&limit=1',
      '?name=A+b&limit=1&cursor=c1',
      '?name=A+b&limit=1&cursor=c2',
    ])
  })

  test('ends where the answer names no next page', async () => {
    const server = answering({ data: [{ id: 'evt_1' }] })
    const found: unknown[] = []
    for await (const event of clientOf(server).events.list().items()) found.push(event)
    expect(found).toHaveLength(1)
  })

  test('asks for no page that nobody wants', async () => {
    const server = answering(...pages())
    for await (const page of clientOf(server).events.list()) if (page.data.length > 0) break
    expect(server.calls).toHaveLength(1)
  })
})

test('an import has the write key as its user, and the token beside it', async () => {
  const server = answering({ verdicts: [{ kind: 'stored', eventId: 'evt_1' }] }, { success: true })
  const client = clientOf(server)
  const batch = ['{"type":"track" }', { type: 'page' }]
  expect(await client.importEvents({ writeKey: 'key', batch })).toMatchObject({
    verdicts: [{ kind: 'stored' }],
  })
  expect(await client.importEvents({ writeKey: 'key', batch })).toEqual({ verdicts: null })
  expect(server.calls[0]).toMatchObject({
    url: 'http://heed.test/v1/import',
    headers: { authorization: 'Basic a2V5Og==', 'heed-token': 'heed_secret' },
    body: '{"batch":[{"type":"track" },{"type":"page"}]}',
  })
})

test('a node that is not ready is an answer, not an error', async () => {
  const answer = { isReady: false, checks: [{ name: 'database', isReady: false }] }
  const server = answering(new Response(JSON.stringify(answer), { status: 503 }))
  expect(await clientOf(server).readiness()).toEqual(answer)
})

test('tiles of the log are named as C2SP says', async () => {
  const server = answering(
    ...Array.from({ length: 3 }, () => new Response('x')),
    new Response('', { status: 404 }),
  )
  const { audit } = clientOf(server)
  await audit.tile({ level: 0, index: 0, width: 256 })
  await audit.tile({ level: 1, index: 1234067, width: 5 })
  await audit.tile({ level: 0, index: 44, width: 1, log: 2 })
  expect(await audit.tile({ level: 0, index: 999, width: 256 })).toBeNull()
  expect(server.calls.map(({ url }) => url.split('/tile/')[1])).toEqual([
    '0/000',
    '1/x001/x234/067.p/5',
    '0/044.p/1?log=2',
    '0/999',
  ])
})
