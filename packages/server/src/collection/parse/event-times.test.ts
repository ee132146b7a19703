import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventTimes, readClientTime } from './event-times.ts'

const at = (iso: string) => Date.parse(iso)
const receivedAt = new Date('2026-03-01T12:00:00Z')

describe('the corrected time', () => {
  test.each([
    ['a clock an hour slow', '2026-03-01T10:59:50Z', '2026-03-01T11:00:00Z', '2026-03-01T11:59:50.000Z'],
    ['a clock years ahead', '2031-01-01T00:00:00Z', '2031-01-01T00:00:30Z', '2026-03-01T11:59:30.000Z'],
    ['a clock at its birth', '1970-01-01T00:05:00Z', '1970-01-01T00:06:00Z', '2026-03-01T11:59:00.000Z'],
    [
      'an event after its sending',
      '2026-03-01T12:30:00Z',
      '2026-03-01T12:00:00Z',
      '2026-03-01T12:00:00.000Z',
    ],
  ])('%s', (_name, timestamp, sentAt, expected) => {
    const times = eventTimes({ timestamp: at(timestamp), sentAt: at(sentAt) }, receivedAt)
    expect(times.eventAt.toISOString()).toBe(expected)
    expect(times.clientAt).toEqual(times.eventAt)
  })

  test('history without a time of sending stands as it is', () => {
    const timestamp = at('2019-05-05T05:05:05Z')
    expect(eventTimes({ timestamp, sentAt: null }, receivedAt).eventAt.getTime()).toBe(timestamp)
  })

  test('an event without a time happened when it arrived, and the client said nothing', () => {
    expect(eventTimes({ timestamp: null, sentAt: 1 }, receivedAt)).toEqual({
      eventAt: receivedAt,
      clientAt: null,
    })
  })

  test('is never after receipt nor before 1970, and a shifted clock changes nothing', () => {
    const ms = fc.integer({ min: 0, max: at('9999-12-31T23:59:59Z') })
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: -1e9, max: 1e9 }), (timestamp, sentAt, shift) => {
        const { eventAt, clientAt } = eventTimes({ timestamp, sentAt }, receivedAt)
        expect(eventAt.getTime()).toBeGreaterThanOrEqual(0)
        expect(eventAt.getTime()).toBeLessThanOrEqual(receivedAt.getTime())
        const shifted = eventTimes({ timestamp: timestamp + shift, sentAt: sentAt + shift }, receivedAt)
        expect(shifted).toEqual({ eventAt, clientAt })
      }),
    )
  })
})

describe('a time as clients write it', () => {
  test.each([
    ['2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.123456789Z', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01T13:00:00+01:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T13:00:00+0100', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    [' 1772366400000 ', '2026-03-01T12:00:00.000Z'],
    [1772366400000.7, '2026-03-01T12:00:00.000Z'],
  ])('%s', (raw, expected) => {
    expect(new Date(readClientTime(raw) ?? Number.NaN).toISOString()).toBe(expected)
  })

  test.each([
    '',
    'foo 1',
    '1',
    '2026',
    '0000-01-01',
    '+275760-09-13T00:00:00Z',
    '2026-13-45',
    -1,
    1e300,
    Number.NaN,
    null,
    undefined,
    {},
    true,
  ])('%s is none', (raw) => {
    expect(readClientTime(raw)).toBeNull()
  })
})
