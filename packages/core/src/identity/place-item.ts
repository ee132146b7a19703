import { judgeItem } from '../suppression/judge-item.ts'
import {
  isAddress,
  isUserId,
  type KnownIdentifier,
  mayJoinUserIds,
  type Owner,
  PRIMARY_ORDER,
  primaryOf,
  type Trust,
} from './known-identifier.ts'
import type { Placement, Stored } from './placement.ts'

/**
 * Whose is this item, and what does it say about who is who?
 *
 * A suppression is asked first: what is dropped links nothing, it only takes along what belongs to the same person.
 * An opt-out event is asked for its links only, because it is never dropped for its device.
 */
export function placeItem(known: readonly KnownIdentifier[], source: Trust, isOptOut: boolean): Placement {
  const drop = judgeItem(known, source, isOptOut)
  return drop ?? place(known, source)
}

/** Does storing this change who is who? If not, the fast lane may take it. */
export function changesIdentity(placement: Stored): boolean {
  return (
    placement.attach.length + placement.move.length + placement.mention.length + placement.absorb.length > 0
  )
}

/**
 * Does it give identifiers that nobody owns to somebody known, and nothing else? Such links of different people, by
 * different identifiers, come to the same in any order, so many may be made at once.
 */
export function onlyAttaches(placement: Stored): boolean {
  const others = placement.move.length + placement.mention.length + placement.absorb.length
  return placement.home !== null && placement.attach.length > 0 && others === 0
}

type Decision = 'attach' | 'same' | 'absorb' | 'move' | 'mention' | 'apart'

function place(known: readonly KnownIdentifier[], source: Trust): Stored {
  const primary = primaryOf(known)
  const decisions = new Map<Decision, number[]>()
  const home = homeOf(known, primary, source)
  known.forEach((identifier, at) => {
    const decision = decide(identifier, at === primary, { home, known, source })
    decisions.set(decision, [...(decisions.get(decision) ?? []), at])
  })
  const absorb = (decisions.get('absorb') ?? []).map((at) => known[at]?.owner?.root ?? '')
  return {
    kind: 'store',
    home: home?.root ?? null,
    primary,
    attach: decisions.get('attach') ?? [],
    move: decisions.get('move') ?? [],
    mention: decisions.get('mention') ?? [],
    absorb: [...new Set(absorb)].sort(),
  }
}

/** The primary's owner; a new user id settles in with the anonymous person it was seen with, if there is one. */
function homeOf(known: readonly KnownIdentifier[], primary: number, source: Trust): Owner | null {
  const first = known[primary]
  if (first === undefined || first.owner !== null) return first?.owner ?? null
  const candidates = known.filter((other) => other.owner !== null && mayBecomeHome(other, first, source))
  candidates.sort((a, b) => PRIMARY_ORDER.indexOf(a.role) - PRIMARY_ORDER.indexOf(b.role))
  return candidates[0]?.owner ?? null
}

function mayBecomeHome(other: KnownIdentifier, first: KnownIdentifier, source: Trust): boolean {
  if (other.owner === null) return false
  if (!other.owner.hasUserId) return true
  if (isUserId(first)) return isUserId(other) && mayJoinUserIds(other, source)
  return false
}

type Surroundings = {
  readonly home: Owner | null
  readonly known: readonly KnownIdentifier[]
  readonly source: Trust
}

function decide(identifier: KnownIdentifier, isPrimary: boolean, around: Surroundings): Decision {
  const { owner } = identifier
  if (owner === null) return mayAttach(identifier, isPrimary, around.source) ? 'attach' : 'apart'
  if (owner.root === around.home?.root) return 'same'
  if (!owner.hasUserId) return 'absorb'
  if (isUserId(identifier)) return mayJoinUserIds(identifier, around.source) ? 'absorb' : 'apart'
  return decideForeign(identifier, around)
}

/** The identifier belongs to somebody with a user id of their own. */
function decideForeign(identifier: KnownIdentifier, around: Surroundings): Decision {
  if (isAddress(identifier)) return isMentioned(identifier, around.home) ? 'same' : 'mention'
  return around.known.some(isUserId) ? 'move' : 'apart'
}

/** Said before: nothing new. */
function isMentioned({ mentionedBy }: KnownIdentifier, home: Owner | null): boolean {
  return home !== null && mentionedBy.some(({ root }) => root === home.root)
}

function mayAttach(identifier: KnownIdentifier, isPrimary: boolean, source: Trust): boolean {
  return isPrimary || !isUserId(identifier) || mayJoinUserIds(identifier, source)
}
