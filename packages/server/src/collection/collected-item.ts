import type { Identifier, Provenance } from '@heed/core'
import type { ItemRejection } from '@heed/protocol'

export type EventType = 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias'

/** The part an identifier plays in an item. `alternativeId` is Cooladata's second user id. */
export type IdentifierRole =
  | 'userId'
  | 'anonymousId'
  | 'previousId'
  | 'email'
  | 'phone'
  | 'deviceId'
  | 'alternativeId'

export type NamedIdentifier = Identifier & { readonly role: IdentifierRole }

/** One item of a tracking call, parsed and checked, ready for the gate. It says nothing about who it is about yet. */
export type CollectedItem = {
  readonly type: EventType
  /** The event name of a track, in the clear; null for every other type, and where the name looks like an address. */
  readonly name: string | null
  /** Normalised, without blanks or duplicates; at least one. */
  readonly identifiers: readonly NamedIdentifier[]
  /** The client's message id, or null. */
  readonly messageId: string | null
  /**
   * What a message id is minted from where the client sent none: SHA-256 (base64url) of the canonical item with its client
   * time as sent, and its place among equal items of the call. Null when there is a messageId, and when there is no
   * client time either: such an item is stored at least once.
   */
  readonly fingerprint: string | null
  /** Client time corrected by `sentAt`, or the time of receipt when the client sent none. */
  readonly eventAt: Date
  /** The client's own time, corrected; null when it sent none. */
  readonly clientAt: Date | null
  readonly receivedAt: Date
  /** An import, replay or backlog: judged by `receivedAt` against past suppressions too, widened by five seconds. */
  readonly isRecorded: boolean
  /** True for the event that says "stop collecting me". */
  readonly isOptOut: boolean
  /** True when the dialect's identifiers are one person whatever they are (Cooladata's alternative ids). */
  readonly linksUserIds: boolean
  /** Traits to merge into the profile, or null. */
  readonly traits: Readonly<Record<string, unknown>> | null
  readonly campaign: string | null
  /** Decimal text, or null. */
  readonly revenue: string | null
  readonly currency: string | null
  /** Where the event says that something was ordered or given back. Its amount is `revenue`. */
  readonly purchase: CollectedPurchase | null
  /** Everything else the client sent, as JSON text: sealed before it is stored. */
  readonly content: string
}

export type CollectedPurchase = { readonly kind: 'order' | 'refund'; readonly orderId: string | null }

/** A source as collection needs it. */
export type CollectionSource = {
  readonly workspaceId: string
  readonly sourceId: string
  /** `client` for any call with an `Origin` header and for pixels, whatever the source says. */
  readonly trust: Extract<Provenance, 'client' | 'server'>
  /** May an opt-out event through this source suppress its person? */
  readonly maySuppress: boolean
  /** May Cooladata's alternative ids join people through this source? */
  readonly mayLinkUserIds: boolean
}

export type ItemVerdict =
  | { readonly kind: 'stored'; readonly eventId: string }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'suppressed' }
  | { readonly kind: 'device-suppressed' }
  | { readonly kind: 'rejected'; readonly code: ItemRejection }

/**
 * Judges and stores the items of one call, in order; resolves when every verdict is durable.
 * `arrivedAt` is `performance.now()` when the last byte of the call had been read.
 * Rejects with `Problem('overloaded')` when the queue is full and `Problem('unknown-outcome')` when a commit got lost.
 */
export type Collect = (call: {
  readonly source: CollectionSource
  readonly items: readonly CollectedItem[]
  readonly arrivedAt: number
}) => Promise<readonly ItemVerdict[]>
