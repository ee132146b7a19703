import { type Arrival, covers, hasBeenSaid } from '@heed/core'
import type {
  PreparedIdentifier,
  PreparedItem,
  Reading,
  SettledIdentifier,
} from '../collection/prepared-item.ts'
import type { DigestKnowledge, Knowledge } from './knowledge.store.ts'

/** What is known of each identifier of an item, ready for `placeItem`. */
export function settleIdentifiers(
  prepared: PreparedItem,
  knowledge: Knowledge,
  arrival: Arrival,
): readonly SettledIdentifier[] {
  return prepared.identifiers.map((identifier) => settle(identifier, knowledge, arrival))
}

function settle(identifier: PreparedIdentifier, knowledge: Knowledge, arrival: Arrival): SettledIdentifier {
  const reading = readingOf(identifier, knowledge)
  const known = identifier.readings.flatMap(({ digests }) => knownOf(digests, knowledge))
  const owned = reading.digests
    .map((digest) => knowledge.get(digest.toString('hex')))
    .find((one) => one?.owner)
  const intervals = known.flatMap(({ suppressions }) => suppressions)
  return {
    reading,
    role: reading.role,
    owner: owned?.owner ?? null,
    isSuppressed: intervals.some((interval) => covers(interval, arrival)),
    hasSaidNo: intervals.some((interval) => hasBeenSaid(interval, arrival)),
    mentionedBy: known.flatMap(({ mentionedBy }) => mentionedBy),
  }
}

/** A previous id counts as the kind it is known by, a user id first; unknown, it is an anonymous id. */
function readingOf({ readings }: PreparedIdentifier, knowledge: Knowledge): Reading {
  const isKnown = (reading: Reading) =>
    knownOf(reading.digests, knowledge).some(
      ({ owner, suppressions }) => owner !== null || suppressions.length > 0,
    )
  return readings.find(isKnown) ?? readings.at(-1) ?? readings[0]
}

function knownOf(digests: readonly Buffer[], knowledge: Knowledge): DigestKnowledge[] {
  return digests.flatMap((digest) => knowledge.get(digest.toString('hex')) ?? [])
}

/** The causes that refuse this item through these identifiers. */
export function coveringCauses(
  identifiers: readonly SettledIdentifier[],
  knowledge: Knowledge,
  arrival: Arrival,
): ReadonlySet<string> {
  const intervals = identifiers.flatMap(({ reading }) =>
    knownOf(reading.digests, knowledge).flatMap(({ suppressions }) => suppressions),
  )
  return new Set(intervals.filter((interval) => covers(interval, arrival)).map(({ cause }) => cause))
}

/** Does anything, open or lifted, stand against any identifier of this item? Then only the exclusive lane may link it. */
export function hasHistory(prepared: PreparedItem, knowledge: Knowledge): boolean {
  return prepared.identifiers.some(({ readings }) =>
    readings.some(({ digests }) =>
      knownOf(digests, knowledge).some(({ suppressions }) => suppressions.length > 0),
    ),
  )
}
