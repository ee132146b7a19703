import { expect, test } from 'vitest'
import { readEventTimestamp } from './event-timestamp.ts'

test.each([
  [1772366400000, '2026-03-01T12:00:00.000Z'],
  ['1772366400000', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T12:00:00', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['2026/03/01', '2026-03-01T00:00:00.000Z'],
  ['31/03/2026', '2026-03-31T00:00:00.000Z'],
  ['31-03-2026', '2026-03-31T00:00:00.000Z'],
])('%s', (raw, expected) => {
  expect(new Date(readEventTimestamp(raw) ?? Number.NaN).toISOString()).toBe(expected)
})

test.each([1772366400, '1772366400', '31-03/2026', '03/31/2026', '', 'now', null, undefined, {}, -1])(
  '%s is none',
  (raw) => {
    expect(readEventTimestamp(raw)).toBeNull()
  },
)
