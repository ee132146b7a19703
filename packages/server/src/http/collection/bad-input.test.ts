import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { Problem } from '@heed/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { basic, type CollectionApp, collectionApp, KEY, NOW, READER_TOKEN } from './testing/collection-app.ts'

let door: CollectionApp

beforeEach(async () => {
  door = await collectionApp()
})
afterEach(async () => {
  door.app.server.closeAllConnections()
  await door.app.close()
})

type Headers = Record<string, string>

const send = async (payload: string | Buffer, headers: Headers = {}, path = '/v1/batch') => {
  const answer = await door.app.inject({
    method: 'POST',
    url: path,
    headers: { authorization: basic(KEY), 'heed-token': READER_TOKEN, ...headers },
    payload,
  })
  return {
    status: answer.statusCode,
    code: answer.json().code,
    verdicts: answer.json().verdicts,
    headers: answer.headers,
  }
}

const batchOf = (...items: unknown[]) => JSON.stringify({ batch: items })
const track = (change: object = {}) => ({ type: 'track', userId: 'u1', event: 'E', ...change })
const sendItem = async (item: object) => (await send(batchOf(item))).verdicts[0]
const content = () => JSON.parse(door.collected.items().at(-1)?.content ?? 'null')

describe('compressed bodies', () => {
  const body = batchOf(track())

  test.each([
    ['gzip', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['identity', Buffer.from(body)],
  ])('arrive as %s, under any content type', async (encoding, payload) => {
    expect(await send(payload, { 'content-encoding': encoding, 'content-type': 'text/plain' })).toMatchObject(
      {
        status: 200,
        verdicts: [{ kind: 'stored' }],
      },
    )
  })

  const gzipped = gzipSync(batchOf(...Array.from({ length: 400 }, (_, at) => track({ properties: { at } }))))
  const lying = Buffer.from(gzipped)
  lying.writeUInt32LE(10, lying.length - 4)

  test.each([
    ['gzip that is cut off', gzipped.subarray(0, gzipped.length - 100), 'gzip', 'invalid-encoding'],
    ['gzip of three bytes', gzipped.subarray(0, 3), 'gzip', 'invalid-encoding'],
    ['gzip that lies about its size', lying, 'gzip', 'invalid-encoding'],
    ['gzip that is none', Buffer.from(body), 'gzip', 'invalid-encoding'],
    ['nothing at all', Buffer.alloc(0), 'gzip', 'invalid-json'],
    ['a gzip bomb', gzipSync(Buffer.alloc(50_000_000, 32)), 'gzip', 'too-large'],
    ['a deflate bomb', deflateSync(Buffer.alloc(50_000_000, 32)), 'deflate', 'too-large'],
    ['an encoding nobody sends', brotliCompressSync(body), 'br', 'invalid-encoding'],
    ['two encodings', gzipSync(gzipSync(body)), 'gzip, gzip', 'invalid-encoding'],
  ])('are refused: %s', async (_name, payload, encoding, code) => {
    expect(await send(payload, { 'content-encoding': encoding })).toMatchObject({ status: 400, code })
    expect(door.collected.items()).toEqual([])
  })

  test('a bomb is refused before the write key in it is known', async () => {
    const payload = gzipSync(JSON.stringify({ writeKey: KEY, pad: ' '.repeat(20_000_000), batch: [] }))
    expect(await send(payload, { authorization: '', 'content-encoding': 'gzip' })).toMatchObject({
      code: 'too-large',
    })
  })
})

test('a larger limit holds for calls that name their key before the body', async () => {
  await door.app.close()
  door = await collectionApp({ settings: { maxBatchBytes: 2_000_000 } })
  const large = (change: object) =>
    JSON.stringify({ batch: [track()], pad: 'x'.repeat(1_000_000), ...change })
  expect(await send(large({}))).toMatchObject({ status: 200 })
  expect(await send(large({ writeKey: KEY }), { authorization: '' })).toMatchObject({
    status: 400,
    code: 'too-large',
  })
})

describe('bodies', () => {
  test.each([
    ['empty', '', 'invalid-json'],
    ['cut off', '{"batch":[', 'invalid-json'],
    ['no object', '[]', 'invalid-body'],
    ['null', 'null', 'invalid-body'],
    ['a batch that is not an array', '{"batch":{"0":{}}}', 'invalid-body'],
    ['a batch that is missing', '{}', 'invalid-body'],
    ['a context that is no object', '{"batch":[],"context":"x"}', 'invalid-body'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'invalid-encoding'],
    ['UTF-16', Buffer.from('{"batch":[]}', 'utf16le'), 'invalid-json'],
    ['more than 500 KB', JSON.stringify({ batch: [], pad: 'x'.repeat(512_000) }), 'too-large'],
    ['more than 2,500 events', JSON.stringify({ batch: Array(2_501).fill(1) }), 'too-large'],
    [
      'a context beyond the size of an event',
      JSON.stringify({ batch: [], context: { a: 'x'.repeat(33_000) } }),
      'too-large',
    ],
    [
      'a context nested without end',
      `{"batch":[],"context":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}}`,
      'too-large',
    ],
    ['500,000 brackets', '['.repeat(250_000) + ']'.repeat(250_000), 'invalid-body'],
  ])('are refused: %s', async (_name, payload, code) => {
    expect(await send(payload)).toMatchObject({ status: 400, code })
  })

  test('a single event beyond 32 KB is refused', async () => {
    const answer = await send(
      JSON.stringify(track({ properties: { a: 'x'.repeat(33_000) } })),
      {},
      '/v1/track',
    )
    expect(answer).toMatchObject({ status: 400, code: 'too-large' })
  })

  test('a context that would blow every item up is refused as a whole', async () => {
    const items = Array.from({ length: 2_000 }, () => track())
    const payload = JSON.stringify({ batch: items, context: { a: 'x'.repeat(30_000) } })
    expect(await send(payload)).toMatchObject({ status: 400, code: 'too-large' })
  })

  test('a byte order mark is no content', async () => {
    expect(await send(`\ufeff${batchOf(track())}`)).toMatchObject({ verdicts: [{ kind: 'stored' }] })
  })

  test('of duplicate keys the last counts', async () => {
    await send('{"batch":[{"type":"track","event":"A","event":"B","userId":"u1","userId":"u2"}]}')
    expect(door.collected.items()).toMatchObject([{ name: 'B', identifiers: [{ value: 'u2' }] }])
  })

  test('no write key is asked of a batch that is empty but valid', async () => {
    expect(await send('{"batch":[]}')).toMatchObject({ status: 200, verdicts: [] })
  })
})

describe('items', () => {
  test.each([
    [
      'nested 100 deep',
      track({ properties: JSON.parse(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`) }),
      'too-deep',
    ],
    ['larger than 32 KB', track({ properties: { a: 'x'.repeat(33_000) } }), 'event-too-large'],
    ['with 10,001 properties', track({ properties: { list: Array(10_001).fill(0) } }), 'too-many-properties'],
    ['of an unknown type', track({ type: 'delete' }), 'unknown-type'],
    ['without a type', track({ type: undefined }), 'unknown-type'],
    ['with a blank id', track({ userId: ' \t\u200b' }), 'no-identifier'],
    ['with an id of 10 KB', track({ userId: 'x'.repeat(10_240) }), 'invalid-identifier'],
    ['with an id with a NUL', track({ userId: 'a\0b' }), 'invalid-identifier'],
    ['with an id that is half a character', track({ userId: 'a\ud800' }), 'invalid-identifier'],
    ['with an object as id', track({ userId: { a: 1 } }), 'invalid-identifier'],
    ['with true as id', track({ userId: true }), 'invalid-identifier'],
    ['with a number whose digits are lost', track({ userId: 2 ** 53 + 2 }), 'invalid-identifier'],
    ['with a bad previous id', { type: 'alias', userId: 'u', previousId: [] }, 'invalid-identifier'],
  ])('are rejected alone: %s', async (_name, item, code) => {
    const { status, verdicts } = await send(batchOf(track(), item, track()))
    expect(status).toBe(200)
    expect(verdicts).toMatchObject([{ kind: 'stored' }, { kind: 'rejected', code }, { kind: 'stored' }])
  })

  test('10,000 properties in a source that allows the size', async () => {
    await door.app.close()
    door = await collectionApp({ settings: { maxEventBytes: 200_000 } })
    const properties = Object.fromEntries(Array.from({ length: 9_990 }, (_, at) => [`p${at}`, at]))
    expect(await sendItem(track({ properties }))).toMatchObject({ kind: 'stored' })
    expect(await sendItem(track({ properties: { ...properties, list: Array(20).fill(0) } }))).toMatchObject({
      code: 'too-many-properties',
    })
  })

  test('numbers as ids are their decimal text', async () => {
    await sendItem(track({ userId: 12345678901, anonymousId: 0 }))
    expect(door.collected.items()[0]?.identifiers.map(({ value }) => value)).toEqual(['12345678901', '0'])
  })

  test('NUL and lone surrogates become what PostgreSQL and JSON accept', async () => {
    const item = track({
      event: 'a\0',
      properties: { 'k\0': 'v\0\ud83d', ok: '😀' },
      traits: { x: '\udc00' },
    })
    expect(await sendItem(item)).toMatchObject({ kind: 'stored' })
    expect(content().properties).toEqual({ 'k\ufffd': 'v\ufffd\ufffd', ok: '😀' })
    expect(door.collected.items()[0]).toMatchObject({ name: 'a\ufffd' })
    expect(door.collected.items()[0]?.content).not.toMatch(/\\u0000|\\ud[89a-f]/i)
  })

  test.each(['__proto__', '\\u005f_proto__'])('%s pollutes nothing and is left out', async (key) => {
    const evil = `{"${key}":{"polluted":1},"x":1}`
    await send(
      `{"context":${evil},"batch":[{"type":"identify","userId":"u","traits":${evil},"context":${evil},"${key}":{"polluted":1}}]}`,
    )
    const item = door.collected.items()[0]!
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(item.content).not.toContain('polluted')
    expect(Object.keys(item.traits ?? {})).toEqual(['x'])
    expect(item.traits && 'polluted' in item.traits).toBe(false)
  })

  test.each([
    ['timestamp', '+275760-09-13T00:00:00.000Z'],
    ['timestamp', '275760-09-13T00:00:00.000Z'],
    ['timestamp', '0000-01-01T00:00:00Z'],
    ['timestamp', -1],
    ['timestamp', 8.64e15],
    ['timestamp', Number.MAX_VALUE],
    ['timestamp', 'yesterday'],
    ['timestamp', {}],
    ['sentAt', -62_198_755_200_000],
    ['sentAt', '+275760-09-13T00:00:00.000Z'],
    ['sentAt', '-000001-01-01T00:00:00Z'],
    ['sentAt', '9999-12-31T23:59:59Z'],
  ])('%s of %s gives a time that can be stored', async (field, value) => {
    const item = track({ timestamp: '2026-03-01T11:00:00Z', [field]: value })
    expect(await sendItem(item)).toMatchObject({ kind: 'stored' })
    const { eventAt } = door.collected.items()[0]!
    expect(eventAt.getTime()).toBeGreaterThanOrEqual(0)
    expect(eventAt.getTime()).toBeLessThanOrEqual(NOW.getTime())
  })
})

describe('on a socket', () => {
  let origin = ''

  beforeEach(async () => {
    origin = await door.app.listen({ port: 0, host: '127.0.0.1' })
  })

  const post = (body: string | Buffer | ReadableStream, headers: Headers = {}) =>
    fetch(`${origin}/v1/batch`, {
      method: 'POST',
      body,
      headers: { authorization: basic(KEY), ...headers },
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    })

  test('1 MB of headers is refused', async () => {
    const socket = connect((door.app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(`POST /v1/batch HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(1_000_000)}\r\n\r\n`)
    socket.on('error', () => undefined)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /)
    socket.destroy()
  })

  test('a client that sends too much gets to read why', async () => {
    const chunk = Buffer.alloc(100_000, 32)
    const stream = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent < 30; sent += 1) controller.enqueue(chunk)
        controller.close()
      },
    })
    for (const body of [stream, Buffer.alloc(3_000_000, 32)]) {
      const answer = await post(body)
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'too-large' }])
    }
  })

  test('a client that goes away leaves no trace, and the next is served', async () => {
    const socket = connect((door.app.server.address() as AddressInfo).port, '127.0.0.1')
    socket.write(
      `POST /v1/batch HTTP/1.1\r\nhost: x\r\nauthorization: ${basic(KEY)}\r\ncontent-length: 100\r\n\r\n{"batch"`,
    )
    await once(socket, 'connect')
    socket.destroy()
    expect((await post(batchOf(track()))).status).toBe(200)
    expect(door.collected.items()).toHaveLength(1)
  })

  test('bodies that are held are bounded: beyond it 503, and room again when answers have gone', async () => {
    await door.app.close()
    const held = Promise.withResolvers<void>()
    door = await collectionApp({
      parts: {
        mostBytesInFlight: 100_000,
        collect: async ({ items }) => {
          await held.promise
          return items.map(() => ({ kind: 'duplicate' }))
        },
      },
    })
    origin = await door.app.listen({ port: 0, host: '127.0.0.1' })
    const body = JSON.stringify({ batch: [track()], pad: 'x'.repeat(40_000) })
    const first = [post(body), post(body)]
    await expect.poll(async () => (await post(body)).status).toBe(503)
    const refused = await post(gzipSync(body), { 'content-encoding': 'gzip' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    held.resolve()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
    expect((await post(body)).status).toBe(200)
  })
})

describe('overload', () => {
  test.each(['overloaded', 'unknown-outcome'] as const)(
    '%s answers 503 and says when to come back',
    async (code) => {
      door.collected.refuseWith(new Problem(code, 'later'))
      expect(await send(batchOf(track()))).toMatchObject({
        status: 503,
        code,
        headers: { 'retry-after': '1' },
      })
      door.collected.refuseWith(new Problem(code, 'later', { retryAfter: 7 }))
      expect(await send(batchOf(track()))).toMatchObject({ status: 503, headers: { 'retry-after': '7' } })
    },
  )

  test('a source beyond its rate is answered 429 and told when to come back', async () => {
    await door.app.close()
    door = await collectionApp({ settings: { eventsPerSecond: 3 }, parts: { elapsed: () => 0 } })
    expect(await send(batchOf(track(), track()))).toMatchObject({ status: 200 })
    expect(await send(batchOf(track(), track()))).toMatchObject({
      status: 429,
      code: 'rate-limited',
      headers: { 'retry-after': '1', 'x-ratelimit-reset': '1' },
    })
    expect(door.collected.items()).toHaveLength(2)
  })
})
