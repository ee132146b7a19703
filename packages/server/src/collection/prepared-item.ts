import type { KnownIdentifier, Role } from '@heed/core'
import type { DigestRing } from '../identity/digest-ring.ts'
import type { CollectedItem, NamedIdentifier } from './collected-item.ts'

/** One way to read an identifier: under a kind, with its digest of every live version, the current one first. */
export type Reading = {
  readonly role: Role
  readonly kind: string
  readonly value: string
  readonly digest: Buffer
  readonly digests: readonly Buffer[]
}

/** An identifier of an item. `previousId` has two readings, a user id first; every other has one. */
export type PreparedIdentifier = { readonly readings: readonly [Reading, ...Reading[]] }

export type PreparedItem = {
  readonly item: CollectedItem
  readonly eventId: string
  readonly identifiers: readonly PreparedIdentifier[]
  readonly messageDigest: Buffer | null
}

export function prepareItem(
  item: CollectedItem,
  ring: DigestRing,
  place: { eventId: string; messageDigest: Buffer | null },
): PreparedItem {
  return {
    item,
    eventId: place.eventId,
    identifiers: item.identifiers.map((identifier) => prepareIdentifier(identifier, ring)),
    messageDigest: place.messageDigest,
  }
}

function prepareIdentifier(identifier: NamedIdentifier, ring: DigestRing): PreparedIdentifier {
  const read = (role: Role, kind: string): Reading => {
    const digests = ring.allDigests({ kind, value: identifier.value })
    const digest = digests[0]
    if (digest === undefined) throw new TypeError('a digest ring has at least one version')
    return { role, kind, value: identifier.value, digest, digests }
  }
  if (identifier.role !== 'previousId') return { readings: [read(identifier.role, identifier.kind)] }
  return { readings: [read('aliasedUserId', 'userId'), read('anonymousId', 'anonymousId')] }
}

/** Every digest of an item, of every reading and version: what is looked up and what is judged. */
export function digestsOf(prepared: PreparedItem): Buffer[] {
  return prepared.identifiers.flatMap(({ readings }) => readings.flatMap(({ digests }) => digests))
}

const ROLE_CODES: Readonly<Record<Role, number>> = {
  userId: 1,
  alternativeId: 1,
  aliasedUserId: 1,
  anonymousId: 2,
  email: 3,
  phone: 3,
  deviceId: 4,
}

/** Role codes aligned with `digestsOf` (gate/stage-encoding.ts says what they mean). */
export function roleCodesOf(prepared: PreparedItem): number[] {
  return prepared.identifiers.flatMap(({ readings }) =>
    readings.flatMap(({ role, digests }) => digests.map(() => ROLE_CODES[role])),
  )
}

/** An identifier with the reading that knowledge settled on. */
export type SettledIdentifier = KnownIdentifier & { readonly reading: Reading }
