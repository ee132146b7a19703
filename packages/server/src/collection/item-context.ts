import { type Arrival, type Placement, placeItem, type Trust } from '@heed/core'
import type pg from 'pg'
import type { DigestRing } from '../identity/digest-ring.ts'
import { type Knowledge, loadKnowledge } from '../identity/knowledge.store.ts'
import { settleIdentifiers } from '../identity/settle-identifiers.ts'
import type { CollectionSource } from './collected-item.ts'
import { digestsOf, type PreparedItem, type SettledIdentifier } from './prepared-item.ts'

/** One item on its way through a lane. */
export type ItemContext = {
  readonly prepared: PreparedItem
  readonly source: CollectionSource
  readonly arrival: Arrival
  readonly ring: DigestRing
}

/** Items of one call, in their order. */
export type Run = { readonly items: readonly ItemContext[] }

/** What the database says of an item now, and what follows. */
export type PlacedItem = {
  readonly identifiers: readonly SettledIdentifier[]
  readonly knowledge: Knowledge
  readonly placement: Placement
}

export function placeWith(context: ItemContext, knowledge: Knowledge): PlacedItem {
  const identifiers = settleIdentifiers(context.prepared, knowledge, context.arrival)
  const { item } = context.prepared
  return { identifiers, knowledge, placement: placeItem(identifiers, trustOf(context), item.isOptOut) }
}

export async function placeNow(client: pg.ClientBase | pg.Pool, context: ItemContext): Promise<PlacedItem> {
  return placeWith(
    context,
    await loadKnowledge(client, context.source.workspaceId, digestsOf(context.prepared)),
  )
}

export function rootsOf(placed: PlacedItem): string[] {
  return [...new Set(placed.identifiers.flatMap(({ owner }) => owner?.root ?? []))].sort()
}

function trustOf({ prepared, source }: ItemContext): Trust {
  return {
    trust: source.trust,
    maySuppress: source.maySuppress,
    mayLinkUserIds: prepared.item.linksUserIds && source.mayLinkUserIds,
  }
}

/** Is this the event that says "stop", through a source that may? */
export function optsOut({ prepared, source }: ItemContext): boolean {
  return prepared.item.isOptOut && source.maySuppress
}
