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
 * but itself. An opt-out event is dropped only when it says nothing new.
 */
export function judgeItem(known: readonly KnownIdentifier[], source: Trust, isOptOut: boolean): Drop | null {
  const refused = positions(known, (identifier) => identifier.isSuppressed)
  if (refused.length === 0) return null
  const drop = dropOf(known, source, refused)
  return isOptOut && source.maySuppress && !isRepetition(known, drop) ? null : drop
}

function dropOf(known: readonly KnownIdentifier[], source: Trust, refused: readonly number[]): Drop {
  if (!known.some(isUserId)) return dropAnonymous(known, refused)
  return dropOfUserId(known, source) ?? dropOfAddress(known, source) ?? dropOfDevice()
}

/**
 * An opt-out repeats what its person has said when they have said no to the whole workspace, and that "no" is or comes to
 * be every address's that is named without a user id. Anything less, and dropping the event would lose a "no".
 */
function isRepetition(known: readonly KnownIdentifier[], { to }: Drop): boolean {
  if (known[primaryOf(known)]?.hasSaidNo !== true) return false
  if (known.some(isUserId)) return true
  return known.every((identifier, at) => !isAddress(identifier) || identifier.hasSaidNo || to.includes(at))
}

/** A suppressed user id takes along what no other user id owns. */
function dropOfUserId(known: readonly KnownIdentifier[], source: Trust): Drop | null {
  const from = positions(known, (identifier) => isUserId(identifier) && identifier.isSuppressed)
  if (from.length === 0) return null
  const areOne = mayJoinAll(known, source)
  const roots = new Set(from.map((at) => known[at]?.owner?.root))
  const own = areOne || roots.size === 1 ? roots : new Set<string>()
  const to = positions(known, (identifier) =>
    isUserId(identifier) ? areOne : isFree(identifier) || own.has(identifier.owner?.root),
  )
  return { kind: 'drop', reason: 'suppressed', from, to: withoutOnly(from, to) }
}

/** "Server and verified aliases spread both ways, client ones only where at most one side has a user id." */
function mayJoinAll(known: readonly KnownIdentifier[], source: Trust): boolean {
  return known
    .filter(isUserId)
    .every((identifier) => identifier.role === 'userId' || mayJoinUserIds(identifier, source))
}

/** A suppressed address reaches the item's user id only when no other user id owns or mentions it. */
function dropOfAddress(known: readonly KnownIdentifier[], source: Trust): Drop | null {
  const refused = positions(known, (identifier) => isAddress(identifier) && identifier.isSuppressed)
  if (refused.length === 0) return null
  const user = primaryOf(known)
  const root = known[user]?.owner?.root
  const theirs = source.maySuppress ? refused.filter((at) => isUsedBy(known[at], root)) : []
  return { kind: 'drop', reason: 'suppressed', from: theirs, to: theirs.length > 0 ? [user] : [] }
}

/** Does nobody with a user id own or mention this address, but the one with this root? */
function isUsedBy(address: KnownIdentifier | undefined, root: string | undefined): boolean {
  if (address === undefined) return false
  if (!isFree(address) && address.owner?.root !== root) return false
  return address.mentionedBy.every((other) => !other.hasUserId || other.root === root)
}

/** Somebody else's "no" on a shared device: nothing of this item is kept, and nobody else is touched. */
function dropOfDevice(): Drop {
  return { kind: 'drop', reason: 'device-suppressed', from: [], to: [] }
}

/**
 * Without a user id the item's identifiers are one visitor, so the "no" reaches those that no user id owns. Who owns the
 * device does not count: what stands against a device can be the "no" of whoever used it before.
 */
function dropAnonymous(known: readonly KnownIdentifier[], refused: readonly number[]): Drop {
  const isDeviceOnly = refused.every((at) => known[at]?.role === 'deviceId') && known.length > 1
  if (isDeviceOnly) return dropOfDevice()
  const to = positions(known, isFree)
  return { kind: 'drop', reason: 'suppressed', from: refused, to: withoutOnly(refused, to) }
}

/** Nobody with a user id owns it. */
function isFree({ owner }: KnownIdentifier): boolean {
  return owner === null || !owner.hasUserId
}

/** Two refused identifiers may be refused for different reasons, which each then gets from the other; one has its own. */
function withoutOnly(from: readonly number[], to: readonly number[]): number[] {
  return from.length > 1 ? [...to] : to.filter((at) => !from.includes(at))
}

function positions(
  known: readonly KnownIdentifier[],
  matches: (identifier: KnownIdentifier) => boolean,
): number[] {
  return known.flatMap((identifier, at) => (matches(identifier) ? [at] : []))
}
