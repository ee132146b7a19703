import { expect, test } from 'vitest'
import { profileChanges } from './profile-changes.ts'

const takes = (changes: unknown) => profileChanges.safeParse(changes).success
const traits = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, value]))

test('takes whatever JSON has as a value, and keeps it as it was sent', () => {
  const changes = { traits: { a: 'text', b: 1, c: true, d: null, e: [1, { f: 'g' }], h: { i: {} } } }
  expect(profileChanges.parse(changes)).toEqual(changes)
})

test.each([
  ['nothing at all', {}],
  ['no trait', { traits: {} }],
  ['traits that are no object', { traits: ['city'] }],
  ['a trait without a name', { traits: { '': 1 } }],
  ['a name of 201 characters', { traits: { ['n'.repeat(201)]: 1 } }],
  ['more than 100 traits', { traits: traits(101, 1) }],
  ['more than 32 KiB', { traits: { long: 'x'.repeat(32 * 1024) } }],
  ['something beside the traits', { traits: { a: 1 }, identifiers: { email: 'x' } }],
])('refuses %s', (_, changes) => {
  expect(takes(changes)).toBe(false)
})

test('takes as much as it says', () => {
  expect(takes({ traits: traits(100, 'x') })).toBe(true)
  expect(takes({ traits: { ['n'.repeat(200)]: 'x'.repeat(32 * 1024 - 207) } })).toBe(true)
})
