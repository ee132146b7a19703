import {
  isAddress,
  isUserId,
  type KnownIdentifier,
  mayJoinUserIds,
  primaryOf,
  type Trust,
} from '../identity/known-identifier.ts'
import type { Placement } from '../identity/placement.ts'

type Drop = Extract<Placement, { kind: 'drop' }>

/**
 * May this item be kept, and if not, whom does the "no" reach?
 *
 * The order is the policy: a user id speaks for its person, an address for whoever alone uses it, a device for nobody
 * but itself. An opt-out event is dropped only when its own person has already said no.
 */
export function judgeItem(known: readonly KnownIdentifier[], source: Trust, isOptOut: boolean): Drop | null {
  const refused = positions(known, (identifier) => identifier.isSuppressed)
  if (refused.length === 0) return null
  if (isOptOut && source.maySuppress && known[primaryOf(known)]?.isSuppressed !== true) return null
  if (!known.some(isUserId)) return dropAnonymous(known, refused)
  return dropOfUserId(known, source) ?? dropOfAddress(known, source) ?? dropOfDevice()
}

/** A suppressed user id takes along what no other user id owns. */
function dropOfUserId(known: readonly KnownIdentifier[], source: Trust): Drop | null {
  const from = positions(known, (identifier) => isUserId(identifier) && identifier.isSuppressed)
  if (from.length === 0) return null
  const roots = new Set(from.map((at) => known[at]?.owner?.root))
  const to = positions(known, (identifier) => {
    if (isUserId(identifier)) return spreadsBetweenUserIds(known, identifier, source)
    return belongsToNobodyElse(identifier, roots)
  })
  return { kind: 'drop', reason: 'suppressed', from, to: without(to, from) }
}

/** "Server and verified aliases spread both ways, client ones only where at most one side has a user id." */
function spreadsBetweenUserIds(
  known: readonly KnownIdentifier[],
  identifier: KnownIdentifier,
  source: Trust,
): boolean {
  const joined = known.filter(isUserId).filter((other) => other.role !== 'userId')
  return [...joined, ...(identifier.role === 'userId' ? [] : [identifier])].every((other) =>
    mayJoinUserIds(other, source),
  )
}

/** A suppressed address reaches the item's user id only when no other user id owns or mentions it. */
function dropOfAddress(known: readonly KnownIdentifier[], source: Trust): Drop | null {
  const from = positions(known, (identifier) => isAddress(identifier) && identifier.isSuppressed)
  if (from.length === 0) return null
  const user = primaryOf(known)
  const root = known[user]?.owner?.root
  const isTheirs = from.every((at) => {
    const address = known[at]
    if (address === undefined) return false
    const isFree = address.owner === null || !address.owner.hasUserId || address.owner.root === root
    return isFree && address.mentionedBy.every((other) => !other.hasUserId || other.root === root)
  })
  const to = isTheirs && source.maySuppress ? [user] : []
  return { kind: 'drop', reason: 'suppressed', from: to.length > 0 ? from : [], to }
}

/** Somebody else's "no" on a shared device: nothing of this item is kept, and nobody else is touched. */
function dropOfDevice(): Drop {
  return { kind: 'drop', reason: 'device-suppressed', from: [], to: [] }
}

/** Without a user id the item's identifiers are one visitor, so the "no" reaches those that belong to nobody else. */
function dropAnonymous(known: readonly KnownIdentifier[], refused: readonly number[]): Drop {
  const isDeviceOnly = refused.every((at) => known[at]?.role === 'deviceId') && known.length > 1
  if (isDeviceOnly) return dropOfDevice()
  const roots = new Set(refused.map((at) => known[at]?.owner?.root))
  const to = positions(known, (identifier) => belongsToNobodyElse(identifier, roots))
  return { kind: 'drop', reason: 'suppressed', from: refused, to: without(to, refused) }
}

function belongsToNobodyElse(identifier: KnownIdentifier, roots: ReadonlySet<string | undefined>): boolean {
  return identifier.owner === null || !identifier.owner.hasUserId || roots.has(identifier.owner.root)
}

function positions(
  known: readonly KnownIdentifier[],
  matches: (identifier: KnownIdentifier) => boolean,
): number[] {
  return known.flatMap((identifier, at) => (matches(identifier) ? [at] : []))
}

function without(positions: readonly number[], others: readonly number[]): number[] {
  return positions.filter((at) => !others.includes(at))
}
