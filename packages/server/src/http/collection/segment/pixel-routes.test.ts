import { Problem } from '@heed/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basic, type CollectionApp, collectionApp, KEY } from '../testing/collection-app.ts'

let door: CollectionApp

beforeEach(async () => {
  door = await collectionApp()
})
afterEach(() => door.app.close())

const get = (path: string, headers: Record<string, string> = {}) =>
  door.app.inject({ method: 'GET', url: path, headers })
const isImage = (answer: { statusCode: number; headers: Record<string, unknown>; rawPayload: Buffer }) =>
  answer.statusCode === 200 &&
  answer.headers['content-type'] === 'image/gif' &&
  answer.headers['cache-control'] === 'no-store' &&
  answer.rawPayload.subarray(0, 6).toString() === 'GIF89a'

const item = { writeKey: KEY, userId: 'u1', event: 'Opened', properties: { plan: 'pro+' } }

test.each(['identify', 'track', 'page', 'screen', 'group', 'alias'])('stores a %s', async (type) => {
  const data = Buffer.from(JSON.stringify(item)).toString('base64')
  expect(isImage(await get(`/v1/pixel/${type}?data=${encodeURIComponent(data)}`))).toBe(true)
  expect(door.collected.items()).toMatchObject([{ type, identifiers: [{ value: 'u1' }] }])
})

test.each([
  ['base64', Buffer.from(JSON.stringify(item)).toString('base64')],
  [
    'base64 that was not escaped',
    Buffer.from(JSON.stringify(item)).toString('base64').replaceAll('%2B', '+'),
  ],
  ['base64url', Buffer.from(JSON.stringify(item)).toString('base64url')],
  ['JSON', encodeURIComponent(JSON.stringify(item))],
])('reads data as %s', async (_name, data) => {
  await get(`/v1/pixel/track?data=${data}`)
  expect(JSON.parse(door.collected.items()[0]!.content).properties).toEqual({ plan: 'pro+' })
})

test('reads one parameter a value', async () => {
  await get(
    `/v1/pixel/track?writeKey=${KEY}&userId=u1&event=Paid&properties.revenue=9.50&properties.a.b=c&userId=u2`,
  )
  expect(door.collected.items()).toMatchObject([
    { name: 'Paid', revenue: '9.50', identifiers: [{ value: 'u2' }] },
  ])
  expect(JSON.parse(door.collected.items()[0]!.content).properties).toEqual({
    revenue: '9.50',
    a: { b: 'c' },
  })
})

test('takes the key from the query beside data, and from Authorization', async () => {
  const data = Buffer.from(JSON.stringify({ ...item, writeKey: undefined })).toString('base64url')
  await get(`/v1/pixel/track?data=${data}&writeKey=${KEY}`)
  await get(`/v1/pixel/track?data=${data}`, { authorization: basic(KEY) })
  expect(door.collected.items()).toHaveLength(2)
})

test('is the call of anybody who can see the page', async () => {
  await get(`/v1/pixel/page?writeKey=wk-server-1&userId=u1`, { 'x-forwarded-for': '203.0.113.9' })
  expect(door.collected.sources()).toMatchObject([{ trust: 'client' }])
  expect(JSON.parse(door.collected.items()[0]!.content).context).toEqual({ ip: '203.0.113.9' })
})

test.each([
  '',
  '?data=!!!',
  '?data=bm9wZQ',
  '?data=%ff%fe',
  '?data=W10',
  '?writeKey=unknown&userId=u',
  `?writeKey=${KEY}&__proto__.polluted=1&constructor.prototype.polluted=1&userId=u&a=1&a.b=2&..=3`,
  `?writeKey=${KEY}&userId=%00&properties.x=%00`,
  `?writeKey=${KEY}&${'a.'.repeat(5_000)}=1&userId=u`,
])('answers the image to %s', async (query) => {
  expect(isImage(await get(`/v1/pixel/page${query}`))).toBe(true)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

test('answers the image when the server cannot take more', async () => {
  door.collected.refuseWith(new Problem('overloaded', 'full'))
  expect(isImage(await get(`/v1/pixel/page?writeKey=${KEY}&userId=u`))).toBe(true)
  door.collected.refuseWith(new Problem('internal', 'broken'))
  expect(isImage(await get(`/v1/pixel/page?writeKey=${KEY}&userId=u`))).toBe(true)
})

test('HEAD collects nothing', async () => {
  await door.app.inject({ method: 'HEAD', url: `/v1/pixel/page?writeKey=${KEY}&userId=u` })
  expect(door.collected.items()).toEqual([])
})
