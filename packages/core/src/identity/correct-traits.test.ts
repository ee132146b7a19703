import fc from 'fast-check'
import { expect, test } from 'vitest'
import { correctTraits, newestTime } from './correct-traits.ts'
import { MOST_TRAITS, mergeTraits, type Profile } from './merge-traits.ts'

const NOW = 1_800_000_000_000
const key = fc.constantFrom('city', 'name', 'plan')
const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.object({ maxDepth: 1 }))
const said = (time: fc.Arbitrary<number>) => fc.record({ key, value, at: time })
const before = said(fc.integer({ min: 0, max: NOW - 1 }))

type Said = { readonly key: string; readonly value: unknown; readonly at: number }

const hear = (profile: Profile, items: readonly Said[]): Profile =>
  items.reduce((so, { key, value, at }) => mergeTraits(so, { [key]: value }, at), profile)

function correct(profile: Profile, changes: Record<string, unknown>): Profile {
  const correction = correctTraits(profile, changes, NOW)
  if (correction.kind !== 'corrected') throw new Error(correction.kind)
  return correction.profile
}

const valuesOf = (profile: Profile) =>
  Object.fromEntries(Array.from(profile, ([key, { value }]) => [key, value]))

test('wins over everything older, however often and in whatever order that is replayed after it', () => {
  const changes = fc.dictionary(key, value, { minKeys: 1 })
  fc.assert(
    fc.property(fc.array(before), fc.array(before), changes, (earlier, replayed, changed) => {
      const corrected = correct(hear(new Map(), earlier), changed)
      const after = valuesOf(hear(corrected, [...replayed, ...earlier]))
      for (const [name, wanted] of Object.entries(changed))
        expect(after[name]).toEqual(wanted === null ? undefined : wanted)
    }),
  )
})

test('wins over what a clock that runs ahead has said, and over its replay', () => {
  const ahead = { key: 'city', value: 'Rome', at: NOW + 3_600_000 }
  const corrected = correct(hear(new Map(), [ahead]), { city: 'Paris' })
  expect(valuesOf(hear(corrected, [ahead]))).toEqual({ city: 'Paris' })
})

test('loses to what is said after it', () => {
  const corrected = correct(new Map(), { city: 'Paris', plan: null })
  const later = [
    { key: 'city', value: 'Rome', at: NOW + 1 },
    { key: 'plan', value: 'gold', at: NOW + 1 },
  ]
  expect(valuesOf(hear(corrected, later))).toEqual({ city: 'Rome', plan: 'gold' })
})

test('touches no trait that it does not name', () => {
  const profile = hear(new Map(), [{ key: 'name', value: 'Ada', at: 5 }])
  expect(correct(profile, { city: 'Paris' }).get('name')).toEqual({ value: 'Ada', at: 5 })
})

test('refuses to be cut short by a full profile, and still corrects what it has', () => {
  const full: Profile = new Map(
    Array.from({ length: MOST_TRAITS }, (_, at) => [`t${at}`, { value: at, at }] as const),
  )
  expect(correctTraits(full, { new: 1 }, NOW)).toEqual({ kind: 'too-many-traits', most: MOST_TRAITS })
  expect(correct(full, { t1: 'right' }).get('t1')).toEqual({ value: 'right', at: NOW })
})

test('finds the newest time over all parts of a person', () => {
  const parts = [
    hear(new Map(), [{ key: 'city', value: 1, at: 7 }]),
    new Map([['plan', { value: 1, at: 9 }]]),
  ]
  expect(newestTime(parts, { city: 1 })).toBe(7)
  expect(newestTime(parts, { city: 1, plan: 1 })).toBe(9)
  expect(newestTime([], { city: 1 })).toBe(0)
})
