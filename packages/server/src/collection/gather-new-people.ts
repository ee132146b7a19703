import { newIdentifier } from '../identity/apply-placement.ts'
import type { NewPerson } from '../identity/claim-people.ts'
import type { Knowledge } from '../identity/knowledge.store.ts'
import { hasHistory } from '../identity/settle-identifiers.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import { type ItemContext, type PlacedItem, placeWith } from './item-context.ts'
import { digestsOf } from './prepared-item.ts'

type Gathering = { readonly keys: IngestKeys; readonly newId: () => string; readonly workspaceId: string }

/**
 * The people of a batch whom nobody knows and against whom nothing stands: their identifiers may be claimed together.
 * Two items of one new person give one claim; where they overlap only in part, the later one is a link and goes alone.
 */
export function gatherNewPeople(items: readonly ItemContext[], knowledge: Knowledge, gathering: Gathering): NewPerson[] {
  const taken = new Set<string>()
  const people: NewPerson[] = []
  for (const context of items) {
    const placed = placeWith(context, knowledge)
    if (!isNew(placed, context)) continue
    const hexes = digestsOf(context.prepared).map((digest) => digest.toString('hex'))
    if (hexes.some((hex) => taken.has(hex))) continue
    for (const hex of hexes) taken.add(hex)
    people.push(personOf(context, placed, gathering))
  }
  return people
}

/** Nobody owns any of its identifiers, nothing stands against them, and it may store. */
function isNew({ placement, knowledge, identifiers }: PlacedItem, { prepared, source }: ItemContext): boolean {
  if (placement.kind === 'drop' || placement.home !== null) return false
  if (prepared.item.isOptOut && source.maySuppress) return false
  return identifiers.every(({ owner }) => owner === null) && !hasHistory(prepared, knowledge)
}

function personOf(context: ItemContext, placed: PlacedItem, { keys, newId, workspaceId }: Gathering): NewPerson {
  const { key, row } = keys.mint({ keyId: newId(), subjectId: newId() })
  const linking = {
    workspaceId,
    keys,
    newId,
    provenance: context.source.trust,
    digestVersion: context.ring.current.version,
    linkId: null,
  }
  const attach = placed.placement.kind === 'store' ? placed.placement.attach : []
  return {
    subjectId: key.subjectId,
    key: row,
    identifiers: attach.flatMap((at) => {
      const reading = placed.identifiers[at]?.reading
      return reading === undefined ? [] : [newIdentifier(reading, { key }, linking)]
    }),
    provenance: context.source.trust,
    asked: digestsOf(context.prepared),
  }
}
