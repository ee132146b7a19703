import type { Identifier } from '@heed/core'
import { normaliseIdentifier } from '../../identity/normalise-identifier.ts'
import type { EventType, IdentifierRole, NamedIdentifier } from '../collected-item.ts'
import { type JsonObject, objectOrNull } from './json-object.ts'

export type IdentifiersRead =
  | { readonly kind: 'named'; readonly identifiers: readonly NamedIdentifier[] }
  | { readonly kind: 'refused'; readonly code: 'no-identifier' | 'invalid-identifier' }

/**
 * Who a Segment item is about. Blank identifiers count as absent. A user, anonymous or previous id that cannot be an id
 * refuses the item: storing it under the others could pass over a "no". An address or device id that cannot be one is
 * left out: no "no" can have named it.
 *
 * A `previousId` is given as an `anonymousId`, what it usually is; the gate also looks for a user of that id.
 */
export function identifiersOf(
  type: EventType,
  item: JsonObject,
  context: JsonObject | null,
): IdentifiersRead {
  const ids = [
    { role: 'userId', kind: 'userId', raw: item.userId },
    { role: 'anonymousId', kind: 'anonymousId', raw: item.anonymousId },
    { role: 'previousId', kind: 'anonymousId', raw: type === 'alias' ? item.previousId : null },
  ] as const
  return readIdentifiers(ids, [...addressesOf(type, item, context), ...deviceOf(context)])
}

export type RawIdentifier = {
  readonly role: IdentifierRole
  readonly kind: string
  readonly raw: unknown
}

/** @param ids those that must be valid where they are present @param others those that are left out where they are not */
export function readIdentifiers(
  ids: readonly RawIdentifier[],
  others: readonly RawIdentifier[],
): IdentifiersRead {
  const identifiers: NamedIdentifier[] = []
  for (const { role, kind, raw } of ids) {
    const read = readOne(kind, raw)
    if (read === 'malformed') return { kind: 'refused', code: 'invalid-identifier' }
    if (read !== 'blank') addOnce(identifiers, { ...read, role })
  }
  for (const { role, kind, raw } of others) {
    const read = readOne(kind, raw)
    if (typeof read !== 'string') addOnce(identifiers, { ...read, role })
  }
  return identifiers.length === 0
    ? { kind: 'refused', code: 'no-identifier' }
    : { kind: 'named', identifiers }
}

function readOne(kind: string, raw: unknown): Identifier | 'blank' | 'malformed' {
  if (raw === undefined || raw === null) return 'blank'
  const read = normaliseIdentifier(kind, raw)
  if (!('refused' in read)) return read
  return read.refused === 'blank-identifier' ? 'blank' : 'malformed'
}

/** A previous id stays beside an equal anonymous id: it is checked for a "no" as a user id too. */
function addOnce(identifiers: NamedIdentifier[], added: NamedIdentifier): void {
  const isKnown = identifiers.some(
    ({ kind, value }) => kind === added.kind && value === added.value && added.role !== 'previousId',
  )
  if (!isKnown) identifiers.push(added)
}

/** The traits of a group are the group's: a company's address must not stand for each of its members. */
function addressesOf(
  type: EventType,
  item: JsonObject,
  context: JsonObject | null,
): readonly RawIdentifier[] {
  const own = type === 'group' ? null : objectOrNull(item.traits)
  return [...addressesIn(own), ...addressesIn(objectOrNull(context?.traits))]
}

function addressesIn(traits: JsonObject | null): readonly RawIdentifier[] {
  if (traits === null) return []
  return [
    { role: 'email', kind: 'email', raw: traits.email },
    { role: 'phone', kind: 'phone', raw: traits.phone },
  ]
}

function deviceOf(context: JsonObject | null): readonly RawIdentifier[] {
  const raw = objectOrNull(context?.device)?.id
  return raw === undefined || isAllZeros(raw) ? [] : [{ role: 'deviceId', kind: 'deviceId', raw }]
}

/** What phones answer whose owner limits tracking: taken as an id it would make them all one person. */
function isAllZeros(raw: unknown): boolean {
  return typeof raw === 'string' && /^[0-]+$/.test(raw)
}
