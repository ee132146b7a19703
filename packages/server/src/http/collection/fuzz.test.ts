import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basic, type CollectionApp, collectionApp, KEY } from './testing/collection-app.ts'

let door: CollectionApp

beforeAll(async () => {
  door = await collectionApp()
})
afterAll(() => door.app.close())

const anything = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })
const names = [
  'userId',
  'anonymousId',
  'previousId',
  'event',
  'timestamp',
  'sentAt',
  'context',
  'traits',
  'properties',
  'integrations',
  'messageId',
  '__proto__',
  'receivedAt',
  'event_name',
  'user_id',
  'user_alternative_id',
  'event_timestamp_epoch',
]
const nearlyItem = fc.dictionary(fc.constantFrom(...names), anything)
const typed = fc
  .tuple(fc.constantFrom('identify', 'track', 'page', 'alias', 'group'), nearlyItem)
  .map(([type, item]) => ({ ...item, type }))
const body = fc.oneof(
  anything,
  typed,
  fc.record({
    batch: fc.oneof(anything, fc.array(fc.oneof(typed, anything))),
    context: anything,
    sentAt: anything,
  }),
  fc.record({ events: fc.array(fc.oneof(nearlyItem, anything)) }),
)

const post = (url: string, payload: string | Buffer) =>
  door.app.inject({ method: 'POST', url, headers: { authorization: basic(KEY) }, payload })

test.each(['/v1/batch', '/v1/import', '/v1/track', '/v1/i', '/v1/alias', `/v3/${KEY}/track`])(
  '%s answers any JSON with 200 or 400, and gives the gate only what can be stored',
  async (url) => {
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        const answer = await post(url, JSON.stringify(value))
        expect([200, 400]).toContain(answer.statusCode)
      }),
      { numRuns: 300 },
    )
    for (const item of door.collected.items()) {
      expect(item.identifiers.length).toBeGreaterThan(0)
      expect(item.eventAt.getTime()).toBeGreaterThanOrEqual(0)
      expect(item.eventAt.getTime()).toBeLessThanOrEqual(item.receivedAt.getTime())
      expect(item.name === null || (item.name.isWellFormed() && !item.name.includes('\0'))).toBe(true)
      expect(() => JSON.parse(item.content)).not.toThrow()
      expect(item.content).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i)
    }
  },
)

test.each(['/v1/batch', '/v1/track', `/v3/${KEY}/track`])(
  '%s answers any bytes with 200 or 400',
  async (url) => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 200 })),
        async (bytes) => {
          const answer = await post(url, Buffer.from(bytes as Uint8Array))
          expect([200, 400]).toContain(answer.statusCode)
        },
      ),
      { numRuns: 300 },
    )
  },
)

test('any address of a pixel answers the image', async () => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), async (query) => {
      const pairs = Object.entries(query).map(
        ([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const,
      )
      const answer = await door.app.inject(
        `/v1/pixel/track?writeKey=${KEY}&${new URLSearchParams(Object.fromEntries(pairs))}`,
      )
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'image/gif'])
    }),
    { numRuns: 200 },
  )
})
