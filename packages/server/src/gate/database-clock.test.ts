import fc from 'fast-check'
import { expect, test } from 'vitest'
import { databaseClock } from './database-clock.ts'

const HALF_HOUR_MS = 1_800_000

test('never places a moment later than it truly was, however slow the answers were', () => {
  const readings = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: HALF_HOUR_MS }),
      out: fc.integer({ min: 0, max: 900 }),
      back: fc.integer({ min: 0, max: 900 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  fc.assert(
    fc.property(
      readings,
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.integer({ min: 0, max: HALF_HOUR_MS }),
      (all, offset, moment) => {
        const clock = databaseClock(() => 0)
        for (const { at, out, back } of all.toSorted((a, b) => a.at - b.at))
          clock.observe({ databaseMs: at + offset, sentAt: at - out, heardAt: at + back })
        expect(clock.at(moment)).toBeLessThanOrEqual(moment + offset)
      },
    ),
  )
})

test('keeps the tightest bound, so that a slow answer does not push arrivals into the past', () => {
  const clock = databaseClock(() => 0)
  clock.observe({ databaseMs: 1_000, sentAt: 9.5, heardAt: 10 })
  clock.observe({ databaseMs: 1_001, sentAt: 10, heardAt: 400 })
  expect(clock.at(500)).toBe(1_490)
})

test('follows a database clock that was set back at once', () => {
  const clock = databaseClock(() => 0)
  clock.observe({ databaseMs: 100_000, sentAt: 0, heardAt: 1 })
  clock.observe({ databaseMs: 40_100, sentAt: 100, heardAt: 101 })
  expect(clock.at(200)).toBe(40_199)
})
