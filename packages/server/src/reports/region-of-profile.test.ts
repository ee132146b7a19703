import { expect, test } from 'vitest'
import { regionOfProfile } from './region-of-profile.ts'

const profile = (traits: Record<string, unknown>) =>
  new Map(Object.entries(traits).map(([name, value]) => [name, { value, at: 0 }]))

test.each([
  [{ address: { country: 'de' } }, 'DE'],
  [{ country: ' FR ' }, 'FR'],
  [{ country: 'FR', address: { country: 'DE', city: 'Berlin' } }, 'DE'],
  [{ address: { country: 'US', state: 'ca' } }, 'US-CA'],
  [{ address: { country: 'US', state: 'California' } }, 'US'],
  [{ address: { state: 'CA' } }, null],
  [{ address: { country: 'Germany' } }, null],
  [{ address: 'Unter den Linden 1, DE' }, null],
  [{ address: null, country: 7 }, null],
  [{}, null],
])('%j is of %s', (traits, region) => {
  expect(regionOfProfile(profile(traits))).toBe(region)
})
