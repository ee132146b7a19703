import type { Provenance } from '../identity/identifier.ts'

/** An identifier of the person, and the part (fragment) of them that owns it. */
export type HeldIdentifier = {
  readonly digest: string
  readonly fragment: string
  readonly provenance: Provenance
  /** Did the request name it? */
  readonly isNamed: boolean
}

/** Two parts became one. */
export type Merge = { readonly absorbed: string; readonly root: string; readonly provenance: Provenance }

/**
 * What of a part is handed out. `whole`: every row. `vouched`: every row but events that name none of the handed out
 * identifiers. `named`: only events that name one.
 */
export type FragmentReach = 'whole' | 'vouched' | 'named'

export type Reach = {
  readonly fragments: ReadonlyMap<string, FragmentReach>
  /** Digests of the identifiers that are handed out. */
  readonly identifiers: ReadonlySet<string>
}

type Question = {
  readonly identifiers: readonly HeldIdentifier[]
  /** Oldest first. */
  readonly merges: readonly Merge[]
}

/**
 * How far a request for access reaches: to the identifiers it names and to what a server or the person vouched for. What a
 * public key said does not count: with it anybody can attach their own address to somebody else, and then ask for it all.
 *
 * A part is clear when nothing in it hangs on such a word: it has one identifier, or each was vouched for, or each named. A merge
 * does not say which of two people's identifiers it was about, so it is followed only between people who were clear.
 */
export function reachOfRequest({ identifiers, merges }: Question): Reach {
  const byFragment = Map.groupBy(identifiers, ({ fragment }) => fragment)
  const isClear = (fragment: string) => isClearPart(byFragment.get(fragment) ?? [])
  const vouchedTogether = followMerges(merges, isClear)

  const fragments = new Map<string, FragmentReach>()
  for (const { fragment, provenance, isNamed } of identifiers) {
    if (!isNamed) continue
    if (isClear(fragment)) {
      for (const part of vouchedTogether(fragment)) fragments.set(part, 'whole')
    } else if (provenance !== 'client') fragments.set(fragment, 'vouched')
    else if (!fragments.has(fragment)) fragments.set(fragment, 'named')
  }
  const handedOut = identifiers.filter((identifier) => isHandedOut(identifier, fragments))
  return { fragments, identifiers: new Set(handedOut.map(({ digest }) => digest)) }
}

function isClearPart(identifiers: readonly HeldIdentifier[]): boolean {
  return (
    identifiers.length < 2 ||
    identifiers.every(({ isNamed }) => isNamed) ||
    identifiers.every(({ provenance }) => provenance !== 'client')
  )
}

function isHandedOut(identifier: HeldIdentifier, fragments: ReadonlyMap<string, FragmentReach>): boolean {
  const reach = fragments.get(identifier.fragment)
  const isVouched = reach === 'vouched' && identifier.provenance !== 'client'
  return identifier.isNamed || reach === 'whole' || isVouched
}

/** Answers, for a clear part, all that were joined to it by merges that are followed; the part itself is among them. */
function followMerges(merges: readonly Merge[], isClear: (fragment: string) => boolean) {
  const people = new Map<string, Person>()
  const personOf = (fragment: string): Person => {
    const person = people.get(fragment) ?? { parts: [fragment], isClear: isClear(fragment) }
    people.set(fragment, person)
    return person
  }
  const together = new Map<string, readonly string[]>()
  for (const { absorbed, root, provenance } of merges) {
    const [one, other] = [personOf(absorbed), personOf(root)]
    if (one === other) continue
    const isFollowed = provenance !== 'client' && one.isClear && other.isClear
    const merged = { parts: [...one.parts, ...other.parts], isClear: isFollowed }
    for (const part of merged.parts) {
      people.set(part, merged)
      if (isFollowed) together.set(part, merged.parts)
    }
  }
  return (fragment: string): readonly string[] => together.get(fragment) ?? [fragment]
}

type Person = { readonly parts: readonly string[]; readonly isClear: boolean }
