import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPlain } from './is-plain.ts'
import type { KnownIdentifier, Role } from './known-identifier.ts'
import { changesIdentity, placeItem } from './place-item.ts'

const role = fc.constantFrom<Role>(
  'userId',
  'alternativeId',
  'aliasedUserId',
  'anonymousId',
  'deviceId',
  'email',
  'phone',
)
const roles = fc.array(role, { minLength: 1, maxLength: 5 })
const source = fc.record({
  trust: fc.constantFrom('client' as const, 'server' as const),
  maySuppress: fc.boolean(),
  mayLinkUserIds: fc.boolean(),
})

test('what is plain is stored under its person and changes nobody, whatever its roles and its source', () => {
  fc.assert(
    fc.property(roles, source, fc.boolean(), (named, trust, hasUserId) => {
      const known = named.map(
        (one): KnownIdentifier => ({
          role: one,
          owner: { root: 'ada', hasUserId },
          isSuppressed: false,
          hasSaidNo: false,
          mentionedBy: [],
        }),
      )
      const placement = placeItem(known, trust, false)
      expect(placement).toMatchObject({ kind: 'store', home: 'ada' })
      expect(placement.kind === 'store' && changesIdentity(placement)).toBe(false)
    }),
  )
})

test('an item is not plain when nobody owns one of its identifiers, two do, or anything was ever said', () => {
  const ada = { fragment: 'ada', hasHistory: false }
  expect(isPlain([ada, ada])).toBe(true)
  expect(isPlain([])).toBe(false)
  expect(isPlain([ada, { fragment: null, hasHistory: false }])).toBe(false)
  expect(isPlain([{ fragment: null, hasHistory: false }])).toBe(false)
  expect(isPlain([ada, { fragment: 'bob', hasHistory: false }])).toBe(false)
  expect(isPlain([ada, { fragment: 'ada', hasHistory: true }])).toBe(false)
})
