import fc from 'fast-check'
import type { KnownIdentifier, Owner, Role, Trust } from '../known-identifier.ts'

/** Items about people by chance, and by hand. */
const owner: fc.Arbitrary<Owner> = fc.constantFrom(
  { root: 'ada', hasUserId: true },
  { root: 'bob', hasUserId: true },
  { root: 'visitor', hasUserId: false },
)

/** A user id always belongs to somebody who has one. */
const anyIdentifier: fc.Arbitrary<KnownIdentifier> = fc
  .record({
    role: fc.constantFrom<Role>(
      'userId',
      'alternativeId',
      'aliasedUserId',
      'anonymousId',
      'deviceId',
      'email',
      'phone',
    ),
    owner: fc.option(owner),
    isSuppressed: fc.boolean(),
    hasSaidNo: fc.boolean(),
    mentionedBy: fc.array(owner, { maxLength: 2 }),
  })
  .map((one) => {
    const isUser = one.role === 'userId' || one.role === 'alternativeId' || one.role === 'aliasedUserId'
    const owned = isUser && one.owner?.hasUserId === false ? { root: 'cleo', hasUserId: true } : one.owner
    return { ...one, owner: owned, hasSaidNo: one.hasSaidNo && one.isSuppressed }
  })

/** At most one `userId`, as in any item. */
export const anyItem: fc.Arbitrary<readonly KnownIdentifier[]> = fc.uniqueArray(anyIdentifier, {
  minLength: 1,
  maxLength: 5,
  selector: ({ role }) => role,
})

export const anyTrust: fc.Arbitrary<Trust> = fc.record({
  trust: fc.constantFrom('client' as const, 'server' as const),
  maySuppress: fc.boolean(),
  mayLinkUserIds: fc.boolean(),
})

export const CLIENT: Trust = { trust: 'client', maySuppress: true, mayLinkUserIds: false }
export const SERVER: Trust = { trust: 'server', maySuppress: true, mayLinkUserIds: false }
export const COOLADATA: Trust = { trust: 'client', maySuppress: true, mayLinkUserIds: true }

export const ADA: Owner = { root: 'ada', hasUserId: true }
export const BOB: Owner = { root: 'bob', hasUserId: true }
export const VISITOR: Owner = { root: 'visitor', hasUserId: false }

/** An identifier about which nothing is known but its owner. */
export function known(
  role: Role,
  whose: Owner | null = null,
  change: Partial<KnownIdentifier> = {},
): KnownIdentifier {
  return { role, owner: whose, isSuppressed: false, hasSaidNo: false, mentionedBy: [], ...change }
}

/** The same under a standing "no" to the whole workspace. */
export function refused(
  role: Role,
  whose: Owner | null = null,
  change: Partial<KnownIdentifier> = {},
): KnownIdentifier {
  return known(role, whose, { isSuppressed: true, hasSaidNo: true, ...change })
}
