import { DEFAULT_SOURCE_SETTINGS, type SourceSettings } from '@heed/protocol'
import { describe, expect, test } from 'vitest'
import type { CollectedItem } from '../collected-item.ts'
import { parseBatch, parseSingle } from './parse-segment-call.ts'
import type { ParsedItem } from './parsed-item.ts'

const receivedAt = new Date('2026-03-01T12:00:00Z')

const facts = (settings: Partial<SourceSettings> = {}) => ({
  settings: { ...DEFAULT_SOURCE_SETTINGS, ...settings },
  receivedAt,
  address: '203.0.113.9',
  isFromDevice: false,
  isRecorded: false,
  needsRepair: false,
})

const itemsOf = (parsed: readonly ParsedItem[]): readonly CollectedItem[] =>
  parsed.map((part) => {
    if (part.kind === 'rejected') throw new Error(part.code)
    return part.item
  })

const batch = (body: object, change: object = {}) => itemsOf(parseBatch(body, { ...facts(), ...change }))
const track = (change: object = {}) => ({ type: 'track', userId: 'u1', event: 'E', ...change })
const only = (item: object, settings: Partial<SourceSettings> = {}) =>
  itemsOf(parseBatch({ batch: [item] }, facts(settings)))[0]!
const contentOf = ({ content }: CollectedItem) => JSON.parse(content)

describe('the envelope of a batch', () => {
  test('is merged into every item, whose own entries win', () => {
    const [first, second] = batch({
      context: { app: 'shop', locale: 'de', traits: { email: 'ada@example.com' } },
      integrations: { All: false },
      batch: [track({ context: { locale: 'en' }, integrations: { Mail: true } }), track()],
    })
    expect(contentOf(first!)).toMatchObject({
      context: { app: 'shop', locale: 'en' },
      integrations: { All: false, Mail: true },
    })
    expect(contentOf(second!).integrations).toEqual({ All: false })
    expect(second!.identifiers).toContainEqual({ role: 'email', kind: 'email', value: 'ada@example.com' })
  })

  test('its time of sending corrects every clock, and goes before that of an item', () => {
    const [item] = batch({
      sentAt: '2026-03-01T09:00:10Z',
      batch: [track({ timestamp: '2026-03-01T09:00:00Z', sentAt: '2026-03-01T08:00:00Z' })],
    })
    expect(item).toMatchObject({ eventAt: new Date('2026-03-01T11:59:50Z') })
  })
})

describe('what is sealed', () => {
  test('is what the client sent, less the key, the type and the name of a track', () => {
    const item = only(track({ writeKey: 'k', properties: { a: 1 }, messageId: 'm1', extra: [1] }))
    expect(contentOf(item)).toEqual({ userId: 'u1', properties: { a: 1 }, messageId: 'm1', extra: [1] })
  })

  test('keeps the names of pages, and the name of a track that looks like an address', () => {
    const page = only({ type: 'page', userId: 'u', name: 'Inbox of ada@example.com' })
    expect([page.name, contentOf(page).name]).toEqual([null, 'Inbox of ada@example.com'])
    const odd = only(track({ event: 'Mailed ada@example.com' }))
    expect([odd.name, contentOf(odd).event]).toEqual([null, 'Mailed ada@example.com'])
  })

  test('the clear columns hold campaign, revenue and currency', () => {
    const item = only(
      track({ properties: { total: '12.50', currency: 'gbp' }, context: { campaign: { name: 'spring' } } }),
    )
    expect(item).toMatchObject({ campaign: 'spring', revenue: '12.50', currency: 'GBP' })
    expect(only(track({ context: { campaign: { name: 'for ada@example.com' } } })).campaign).toBeNull()
  })
})

describe('identifiers', () => {
  test('of every place the contract names', () => {
    const item = only({
      type: 'identify',
      userId: 7,
      anonymousId: 'a1',
      traits: { email: ' Ada@Example.com', phone: '+44 20 7946 0958' },
      context: { traits: { email: 'ada@example.com', phone: 'none' }, device: { id: 'd1' } },
    })
    expect(item.identifiers.map(({ role, value }) => [role, value])).toEqual([
      ['userId', '7'],
      ['anonymousId', 'a1'],
      ['email', 'ada@example.com'],
      ['phone', '+442079460958'],
      ['deviceId', 'd1'],
    ])
  })

  test('an alias keeps its previous id beside an equal anonymous id', () => {
    const item = only({ type: 'alias', userId: 'u', previousId: 'a', anonymousId: 'a' })
    expect(item.identifiers.map(({ role }) => role)).toEqual(['userId', 'anonymousId', 'previousId'])
    expect(only(track({ previousId: 'a' })).identifiers).toHaveLength(1)
  })

  test('the traits of a group are not its members', () => {
    const item = only({ type: 'group', userId: 'u', groupId: 'g', traits: { email: 'office@acme.example' } })
    expect(item.identifiers.map(({ role }) => role)).toEqual(['userId'])
  })

  test('a device that limits tracking is nobody', () => {
    const context = { device: { id: '00000000-0000-0000-0000-000000000000' } }
    expect(only(track({ context })).identifiers.map(({ role }) => role)).toEqual(['userId'])
    expect(parseSingle('track', { event: 'E', context }, facts())).toEqual([
      { kind: 'rejected', code: 'no-identifier' },
    ])
  })

  test('an address or a device id that cannot be one is left out', () => {
    const item = only({
      type: 'identify',
      userId: 'u',
      traits: { email: 'n/a', phone: {} },
      context: { device: { id: 'x'.repeat(9_999) } },
    })
    expect(item.identifiers.map(({ role }) => role)).toEqual(['userId'])
  })
})

test('the traits of an identify go to the profile, those of its context below them', () => {
  const identify = {
    type: 'identify',
    userId: 'u',
    traits: { plan: 'pro' },
    context: { traits: { plan: 'free', age: 9 } },
  }
  expect(only(identify).traits).toEqual({ plan: 'pro', age: 9 })
  expect(only({ ...identify, type: 'page' }).traits).toBeNull()
})

describe('the opt-out event', () => {
  test.each([
    ['Opted Out', true],
    [' Opted Out ', true],
    ['cooladata_opt_out', true],
    ['opted out', false],
    ['Opted Out!', false],
  ])('%j: %s', (event, isOptOut) => {
    expect(only(track({ event })).isOptOut).toBe(isOptOut)
  })

  test('has the name its source gives it, and is a track', () => {
    const settings = { optOutEventName: 'Stop' }
    expect(only(track({ event: 'Stop' }), settings).isOptOut).toBe(true)
    expect(only(track({ event: 'Opted Out' }), settings).isOptOut).toBe(false)
    expect(only({ type: 'page', userId: 'u', name: 'Stop', event: 'Stop' }, settings).isOptOut).toBe(false)
  })
})

describe('the fingerprint of an item without a message id', () => {
  const timed = track({ timestamp: '2026-03-01T11:00:00Z', properties: { a: 1, b: [{ c: 2, d: 3 }] } })
  const fingerprintOf = (item: object) => only(item).fingerprint

  test('is the same for a retry, whatever the order of keys and the time of sending', () => {
    const { properties: _properties, ...rest } = timed as Record<string, unknown>
    const retry = { sentAt: '2026-03-01T11:30:00Z', properties: { b: [{ d: 3, c: 2 }], a: 1 }, ...rest }
    expect(fingerprintOf(timed)).toMatch(/^[\w-]{43}$/)
    expect(fingerprintOf(retry)).toBe(fingerprintOf(timed))
  })

  test('differs for equal items of one call, in their order', () => {
    const twice = batch({ batch: [timed, track(), timed] }).map(({ fingerprint }) => fingerprint)
    expect(twice).toEqual([fingerprintOf(timed), null, `${fingerprintOf(timed)}.1`])
  })

  test.each([
    { event: 'F' },
    { userId: 'u2' },
    { timestamp: '2026-03-01T11:00:01Z' },
    { properties: { a: 1 } },
  ])('differs for %j', (change) => {
    expect(fingerprintOf({ ...timed, ...change })).not.toBe(fingerprintOf(timed))
  })

  test('is missing beside a message id and without a client time', () => {
    expect(only({ ...timed, messageId: 'm' })).toMatchObject({ messageId: 'm', fingerprint: null })
    expect(only({ ...timed, messageId: 'm'.repeat(5_000) }).messageId).toHaveLength(5_000)
    expect(only({ ...timed, messageId: ' ' })).toMatchObject({
      messageId: null,
      fingerprint: expect.any(String),
    })
    expect(only(track())).toMatchObject({ messageId: null, fingerprint: null })
  })
})

describe('times', () => {
  test("RudderStack's name for the client's time", () => {
    expect(only(track({ originalTimestamp: '2026-03-01T11:00:00Z' })).eventAt).toEqual(
      new Date('2026-03-01T11:00:00Z'),
    )
  })

  test('a source of server time believes no client', () => {
    const item = only(track({ timestamp: '2026-03-01T11:00:00Z' }), { useServerTime: true })
    expect(item).toMatchObject({ eventAt: receivedAt, clientAt: null, fingerprint: expect.any(String) })
  })

  test('history that says it was received in the future was received now', () => {
    const [item] = batch(
      { batch: [track({ receivedAt: '2030-01-01T00:00:00Z', timestamp: '2030-01-01T00:00:00Z' })] },
      { isRecorded: true },
    )
    expect(item).toMatchObject({ receivedAt, eventAt: receivedAt, isRecorded: true })
  })
})

describe('an opt-out is taken whatever it carries', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`)
  const burdens: readonly [string, object][] = [
    ['too large', { properties: { text: 'x'.repeat(40_000) } }],
    ['too deep', { properties: deep }],
    [
      'with too many properties',
      { properties: Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`p${at}`, at])) },
    ],
    ['misshapen', { properties: 'nothing', integrations: 7 }],
  ]
  test.each(burdens)('%s', (_, burden) => {
    const item = only({
      type: 'track',
      event: 'Opted Out',
      userId: 'u1',
      context: { traits: { email: 'ada@example.com' } },
      ...burden,
    })
    expect(item.isOptOut).toBe(true)
    expect(item.identifiers.map(({ value }) => value)).toEqual(['u1', 'ada@example.com'])
  })
})
