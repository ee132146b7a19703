import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KnownIdentifier, Owner, Trust } from './known-identifier.ts'
import { changesIdentity, placeItem } from './place-item.ts'
import type { Stored } from './placement.ts'
import {
  ADA,
  anyItem,
  anyTrust,
  BOB,
  CLIENT,
  COOLADATA,
  known,
  refused,
  SERVER,
  VISITOR,
} from './testing/known-people.ts'

function place(item: readonly KnownIdentifier[], source: Trust = CLIENT): Stored {
  const placement = placeItem(item, source, false)
  if (placement.kind === 'drop') throw new Error('it was dropped')
  return placement
}

describe('who is who', () => {
  test('somebody new has every identifier of their first item', () => {
    expect(place([known('userId'), known('anonymousId'), known('email')])).toMatchObject({
      home: null,
      attach: [0, 1, 2],
    })
  })

  test('an identify without a user id joins its identifiers when nobody else owns them', () => {
    const device = { root: 'device', hasUserId: false }
    const joined = place([known('anonymousId', device), known('email', VISITOR)])
    expect(joined).toMatchObject({ home: 'device', absorb: ['visitor'] })
  })

  test('a visitor becomes the person who signs in, also at their first sign-in', () => {
    expect(place([known('userId', ADA), known('anonymousId', VISITOR)])).toMatchObject({
      home: 'ada',
      absorb: ['visitor'],
    })
    expect(place([known('userId'), known('anonymousId', VISITOR)])).toMatchObject({
      home: 'visitor',
      attach: [0],
    })
  })

  test('a shared device moves to the latest user id and merges nobody', () => {
    expect(place([known('userId', BOB), known('anonymousId', ADA)])).toMatchObject({
      home: 'bob',
      move: [1],
      absorb: [],
    })
    expect(place([known('userId'), known('anonymousId', ADA)])).toMatchObject({
      home: null,
      move: [1],
      absorb: [],
    })
  })

  test('an e-mail or phone stays with its first owner and is mentioned, once', () => {
    expect(place([known('userId', BOB), known('email', ADA)])).toMatchObject({
      mention: [1],
      absorb: [],
      move: [],
    })
    const again = [known('userId', BOB), known('email', ADA, { mentionedBy: [BOB] })]
    expect(changesIdentity(place(again))).toBe(false)
  })

  test('a client alias of two user ids is stored without a link, that of a server joins them', () => {
    const alias = [known('userId', BOB), known('aliasedUserId', ADA)]
    expect(changesIdentity(place(alias, CLIENT))).toBe(false)
    expect(place(alias, SERVER)).toMatchObject({ home: 'bob', absorb: ['ada'] })
  })

  test("Cooladata's alternative ids are one person even from a client key, unless the source says otherwise", () => {
    const both = [known('userId', BOB), known('alternativeId', ADA)]
    expect(place(both, COOLADATA)).toMatchObject({ absorb: ['ada'] })
    expect(changesIdentity(place(both, CLIENT))).toBe(false)
  })

  test('what is dropped links nothing', () => {
    expect(placeItem([refused('userId', ADA), known('anonymousId')], SERVER, false).kind).toBe('drop')
  })

  test('an opt-out event on a suppressed device is stored and takes the device along', () => {
    const placement = placeItem([known('userId', BOB), refused('anonymousId', ADA)], CLIENT, true)
    expect(placement).toMatchObject({ kind: 'store', home: 'bob', move: [1] })
  })
})

const isUserRole = ({ role }: KnownIdentifier) =>
  role === 'userId' || role === 'alternativeId' || role === 'aliasedUserId'

describe('whatever the item, the source and what is known', () => {
  test('a client never joins two people who each have a user id', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        const clean = item.map((one) => ({ ...one, isSuppressed: false, hasSaidNo: false }))
        const { home, absorb, attach } = place(clean, CLIENT)
        const owners = clean.flatMap(({ owner }) => owner ?? [])
        const named = owners.filter(
          ({ root, hasUserId }) => hasUserId && (root === home || absorb.includes(root)),
        )
        const newUserIds = attach.filter((at) => clean[at] !== undefined && isUserRole(clean[at]))
        expect(new Set(named.map(({ root }) => root)).size).toBeLessThanOrEqual(1)
        if (named.length > 0) expect(newUserIds).toEqual([])
        expect(newUserIds.length).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('every identifier has one fate at most, and only what nobody owns is attached', () => {
    fc.assert(
      fc.property(anyItem, anyTrust, (item, source) => {
        const clean = item.map((one) => ({ ...one, isSuppressed: false, hasSaidNo: false }))
        const { attach, move, mention, home, absorb } = place(clean, source)
        const all = [...attach, ...move, ...mention]
        expect(new Set(all).size).toBe(all.length)
        for (const at of attach) expect(clean[at]?.owner).toBeNull()
        for (const at of [...move, ...mention]) expect(clean[at]?.owner?.root).not.toBe(home)
        expect(absorb).not.toContain(home)
      }),
    )
  })

  test('more suppression never stores more', () => {
    fc.assert(
      fc.property(anyItem, anyTrust, fc.nat(4), (item, source, at) => {
        const more = item.map((one, where) => (where === at ? { ...one, isSuppressed: true } : one))
        if (placeItem(item, source, false).kind === 'drop')
          expect(placeItem(more, source, false).kind).toBe('drop')
      }),
    )
  })
})

describe('the closure of a person', () => {
  /** Two user ids that one source may join, devices and an address: items name any of them, and one names both user ids. */
  const NAMES = ['user', 'other-user', 'phone', 'laptop', 'tablet', 'address'] as const
  type Name = (typeof NAMES)[number]
  const ROLES = {
    user: 'userId',
    'other-user': 'alternativeId',
    phone: 'anonymousId',
    laptop: 'anonymousId',
    tablet: 'deviceId',
    address: 'email',
  } as const
  /** A visit names one identifier, a link one of the user ids too: a visitor who names what is a known person's stays apart. */
  const visit = fc.constantFrom<Name>(...NAMES).map((name): Name[] => [name])
  const link = fc
    .tuple(
      fc.constantFrom<Name>('user', 'other-user'),
      fc.uniqueArray(fc.constantFrom<Name>('phone', 'laptop', 'tablet', 'address'), { minLength: 1 }),
    )
    .map(([user, others]): Name[] => [user, ...others])
  const links = fc.array(fc.oneof(visit, link, link), { minLength: 1, maxLength: 8 })

  test('is the same in whatever order the links come', () => {
    const shuffledLinks = links.chain((some) => {
      const all: Name[][] = [...some, ['user', 'other-user']]
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))
    })
    fc.assert(
      fc.property(shuffledLinks, ([one, other]) => {
        expect(closuresAfter(other)).toEqual(closuresAfter(one))
        expect(closuresAfter([...one, ...other])).toEqual(closuresAfter(one))
      }),
    )
  })

  /** Makes every placement true in memory, and answers who is with whom in the end. */
  function closuresAfter(items: readonly (readonly Name[])[]): string[] {
    const owners = new Map<Name, string>()
    const parents = new Map<string, string>()
    const rootOf = (subject: string): string => {
      const parent = parents.get(subject)
      return parent === undefined ? subject : rootOf(parent)
    }
    const hasUserId = (root: string) =>
      [...owners].some(([name, subject]) => rootOf(subject) === root && isUserName(name))
    const ownerOf = (name: Name): Owner | null => {
      const subject = owners.get(name)
      return subject === undefined ? null : { root: rootOf(subject), hasUserId: hasUserId(rootOf(subject)) }
    }
    items.forEach((names, number) => {
      const { home, attach, move, absorb } = place(
        names.map((name) => known(ROLES[name], ownerOf(name))),
        COOLADATA,
      )
      const root = home ?? `subject-${number}`
      for (const at of [...attach, ...move]) owners.set(names[at] ?? 'user', root)
      for (const absorbed of absorb) parents.set(absorbed, root)
    })
    const together = Map.groupBy([...owners.keys()].toSorted(), (name) => rootOf(owners.get(name) ?? ''))
    return [...together.values()].map((names) => names.join(' ')).toSorted()
  }

  const isUserName = (name: Name) => name === 'user' || name === 'other-user'
})
