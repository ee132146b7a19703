import { describe, expect, test } from 'vitest'
import { clearCampaign, clearEventName } from './clear-text.ts'

test.each([
  'Order Completed',
  'Checkout: step 2/5',
  '2026-03-01 sale',
  'summer20260301',
  'Gekauft 😀',
  'a @ b',
  '10 % off',
  'Level 12345678',
])('%s may be stored in the clear', (name) => {
  expect(clearEventName(name)).toBe(name)
})

test.each([
  'Mail to ada@example.com',
  'ada%40example.com',
  'ada%40EXAMPLE.com opened',
  'ä@ö.de',
  'Called +44 20 7946 0958',
  'Called (020) 7946-0958',
  '٠١٢٣٤٥٦٧٨٩',
  'customer 1234567890',
  'two\u0000parts',
  'half \ud83d',
  'line\nbreak',
  ' ',
  '',
])('%j may not', (name) => {
  expect(clearEventName(name)).toBeNull()
})

describe('lengths', () => {
  test('an event name of 200 characters, a campaign of 100', () => {
    expect(clearEventName(` ${'x'.repeat(200)} `)).toHaveLength(200)
    expect(clearEventName('x'.repeat(201))).toBeNull()
    expect(clearCampaign('x'.repeat(100))).toHaveLength(100)
    expect(clearCampaign('x'.repeat(101))).toBeNull()
    expect(clearCampaign('@'.repeat(10_000_000))).toBeNull()
  })

  test.each([null, undefined, 5, {}, ['x']])('%j is no campaign', (raw) => {
    expect(clearCampaign(raw)).toBeNull()
  })
})
