import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  basic,
  type CollectionApp,
  collectionApp,
  KEY,
  READER_TOKEN,
  SERVER_KEY,
} from '../testing/collection-app.ts'

let door: CollectionApp

beforeEach(async () => {
  door = await collectionApp()
})
afterEach(() => door.app.close())

const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  door.app.inject({
    method: 'POST',
    url: path,
    headers: { authorization: basic(KEY), 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })

test('stores every item of a batch and answers in the words of the wire', async () => {
  const answer = await send('/v1/batch', {
    batch: [
      { type: 'identify', userId: 'u1', traits: { email: 'Ada@Example.com' } },
      { type: 'track', userId: 'u1', event: 'Paid', properties: { revenue: 9.5, currency: 'eur' } },
      { type: 'page', anonymousId: 'a1', name: 'Home' },
    ],
  })

  expect(answer.statusCode).toBe(200)
  expect(answer.body).toBe('{"success":true}')
  expect(door.collected.items()).toMatchObject([
    {
      type: 'identify',
      name: null,
      identifiers: [
        { role: 'userId', kind: 'userId', value: 'u1' },
        { role: 'email', kind: 'email', value: 'ada@example.com' },
      ],
      traits: { email: 'Ada@Example.com' },
    },
    { type: 'track', name: 'Paid', revenue: '9.5', currency: 'EUR', traits: null },
    { type: 'page', name: null, identifiers: [{ role: 'anonymousId' }] },
  ])
})

test.each([
  ['identify', 'i'],
  ['track', 't'],
  ['page', 'p'],
  ['screen', 's'],
  ['group', 'g'],
  ['alias', 'a'],
])('takes %s by its long and its short path', async (type, short) => {
  const body = { userId: 'u1', previousId: 'p1', groupId: 'g1', event: 'E' }
  await send(`/v1/${type}`, body)
  await send(`/v1/${short}`, { ...body, type: 'something else' })
  expect(door.collected.items().map((item) => item.type)).toEqual([type, type])
})

test('takes batches under the path of browsers and phones, and history as recorded', async () => {
  const batch = [
    {
      type: 'track',
      userId: 'u1',
      event: 'E',
      receivedAt: '2020-05-05T05:05:05Z',
      timestamp: '2020-05-05T05:05:00Z',
    },
  ]
  await send('/v1/b', { batch })
  await send('/v1/import', { batch })
  expect(door.collected.items()).toMatchObject([
    { isRecorded: false, receivedAt: new Date('2026-03-01T12:00:00Z') },
    {
      isRecorded: true,
      receivedAt: new Date('2020-05-05T05:05:05Z'),
      eventAt: new Date('2020-05-05T05:05:00Z'),
    },
  ])
})

test("throws away an SDK's numbers about itself", async () => {
  const answer = await door.app.inject({
    method: 'POST',
    url: '/v1/m',
    headers: { 'content-type': 'text/plain' },
    payload: '{"series":[]}',
  })
  expect([answer.statusCode, answer.body]).toEqual([200, '{"success":true}'])
  expect(door.collected.items()).toEqual([])
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'multipart/form-data'])(
  'reads JSON sent as %s',
  async (type) => {
    const answer = await send('/v1/track', { userId: 'u1', event: 'E' }, { 'content-type': type })
    expect(answer.statusCode).toBe(200)
    expect(door.collected.items()).toHaveLength(1)
  },
)

test.each([
  ['Basic with a colon', { authorization: basic(KEY) }, {}],
  ['Basic without one', { authorization: `Basic ${Buffer.from(KEY).toString('base64')}` }, {}],
  ['Basic that was not encoded', { authorization: `Basic ${KEY}:` }, {}],
  ['a bare key', { authorization: KEY }, {}],
  ['the body', {}, { writeKey: KEY }],
  ['the body beside a Bearer token', { authorization: 'Bearer abc' }, { writeKey: KEY }],
  ['the first item', {}, { batch: [{ type: 'track', userId: 'u', event: 'E', writeKey: KEY }] }],
])('finds the write key in %s', async (_place, headers, body) => {
  const answer = await door.app.inject({
    method: 'POST',
    url: '/v1/batch',
    headers: { 'content-type': 'text/plain', ...headers },
    payload: JSON.stringify({ batch: [{ type: 'track', userId: 'u', event: 'E' }], ...body }),
  })
  expect(answer.statusCode).toBe(200)
  expect(door.collected.sources()).toMatchObject([{ sourceId: 's-client' }])
})

test('finds the write key in the query', async () => {
  await door.app.inject({
    method: 'POST',
    url: `/v1/track?writeKey=${KEY}`,
    payload: { userId: 'u', event: 'E' },
  })
  expect(door.collected.items()).toHaveLength(1)
})

test.each([
  ['none', {}, {}],
  ['an unknown one in the header', { authorization: basic('nobody') }, { writeKey: KEY }],
  ['an unknown one in the body', {}, { writeKey: 'nobody' }],
])('answers 401 to a call with %s', async (_which, headers, body) => {
  const answer = await door.app.inject({
    method: 'POST',
    url: '/v1/batch',
    headers: { 'content-type': 'text/plain', ...headers },
    payload: JSON.stringify({ batch: [], ...body }),
  })
  expect([answer.statusCode, answer.json().code]).toEqual([401, 'unknown-write-key'])
})

test('trusts a call from a page no more than its page, whatever the source says', async () => {
  const body = { userId: 'u', event: 'E' }
  await send('/v1/track', body, { authorization: basic(SERVER_KEY) })
  await send('/v1/track', body, { authorization: basic(SERVER_KEY), origin: 'https://shop.example' })
  expect(door.collected.sources().map(({ trust }) => trust)).toEqual(['server', 'client'])
})

test('answers preflights of any origin, and lets it read when to come back', async () => {
  const preflight = await door.app.inject({
    method: 'OPTIONS',
    url: '/v1/t',
    headers: {
      origin: 'https://shop.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-retry-count',
    },
  })
  expect(preflight.statusCode).toBe(204)
  expect(preflight.headers).toMatchObject({ 'access-control-allow-origin': '*' })
  expect(preflight.headers['access-control-allow-headers']).toMatch(
    /Authorization.*Content-Type.*X-Retry-Count/,
  )
  expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials')

  const refused = await send('/v1/t', '{', { origin: 'https://shop.example' })
  expect(refused.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'Retry-After, X-RateLimit-Reset',
  })
})

test('a bad item never fails its batch, and a token that reads events sees each verdict', async () => {
  door.collected.suppress('no')
  const batch = [
    { type: 'track', userId: 'u1', event: 'E' },
    { type: 'track', userId: 'u1' },
    { type: 'explode', userId: 'u1' },
    { type: 'track', event: 'E' },
    { type: 'track', userId: ' ', anonymousId: '', event: 'E' },
    { type: 'track', userId: 'x'.repeat(10_240), anonymousId: 'a', event: 'E' },
    'not an object',
    null,
    { type: 'page', userId: 'u1', properties: 'none' },
    { type: 'track', userId: 'no', event: 'E' },
    { type: 'page', userId: 42 },
  ]
  const answer = await send('/v1/batch', { batch }, { 'heed-token': READER_TOKEN })

  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({
    verdicts: [
      { kind: 'stored', eventId: 'evt_00000000-0000-7000-8000-000000000001' },
      { kind: 'rejected', code: 'no-event-name' },
      { kind: 'rejected', code: 'unknown-type' },
      { kind: 'rejected', code: 'no-identifier' },
      { kind: 'rejected', code: 'no-identifier' },
      { kind: 'rejected', code: 'invalid-identifier' },
      { kind: 'rejected', code: 'not-an-object' },
      { kind: 'rejected', code: 'not-an-object' },
      { kind: 'rejected', code: 'malformed-item' },
      { kind: 'suppressed' },
      { kind: 'stored', eventId: 'evt_00000000-0000-7000-8000-000000000002' },
    ],
  })
  expect((await send('/v1/batch', { batch })).body).toBe('{"success":true}')
  expect((await send('/v1/batch', { batch }, { 'heed-token': 'wrong' })).body).toBe('{"success":true}')
})

test('a token in Authorization beside a key in the body sees verdicts too', async () => {
  const answer = await send(
    '/v1/track',
    { userId: 'u1', event: 'E', writeKey: KEY },
    { authorization: `Bearer ${READER_TOKEN}` },
  )
  expect(answer.json()).toMatchObject({ verdicts: [{ kind: 'stored' }] })
})

test("a suppressed person's client gets the same answer, header by header", async () => {
  door.collected.suppress('no')
  const [stored, suppressed] = [
    await send('/v1/track', { userId: 'yes', event: 'E' }),
    await send('/v1/track', { userId: 'no', event: 'E' }),
  ]
  const comparable = ({ headers }: typeof stored) => ({ ...headers, date: '', 'x-request-id': '' })
  expect(suppressed.rawPayload).toEqual(stored.rawPayload)
  expect(comparable(suppressed)).toEqual(comparable(stored))
  expect(door.collected.items()).toHaveLength(1)
})

test('fills in the address of a browser and of whoever asks for it, not that of a server', async () => {
  const ipIn = () => JSON.parse(door.collected.items().at(-1)?.content ?? '{}').context?.ip
  const body = { userId: 'u', event: 'E' }
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }

  await send('/v1/track', body, { ...forwarded, origin: 'https://shop.example' })
  expect(ipIn()).toBe('203.0.113.9')
  await send('/v1/track', body, forwarded)
  expect(ipIn()).toBeUndefined()
  await send('/v1/t', body, forwarded)
  expect(ipIn()).toBe('203.0.113.9')
  await send('/v1/track', { ...body, context: { direct: true } }, forwarded)
  expect(ipIn()).toBe('203.0.113.9')
  await send('/v1/t', { ...body, context: { ip: '0.0.0.0' } }, forwarded)
  expect(ipIn()).toBe('0.0.0.0')
})

test('nothing of a call stands in logs or metrics', async () => {
  await send('/v1/track', { userId: 'ada-lovelace', event: 'E' }, { 'x-forwarded-for': '203.0.113.9' })
  await send('/v1/track', '{"userId":"ada-lovelace",')
  await door.app.inject({ method: 'GET', url: `/v1/pixel/track?writeKey=${KEY}&userId=ada-lovelace&event=` })
  expect(await door.output.leaks(['ada-lovelace', KEY, '203.0.113.9'])).toEqual([])
})
