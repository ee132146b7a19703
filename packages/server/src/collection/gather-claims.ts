import { changesIdentity } from '@heed/core'
import { newIdentifier } from '../identity/apply-placement.ts'
import type { NewPerson } from '../identity/claim-people.ts'
import type { Knowledge } from '../identity/knowledge.store.ts'
import { hasHistory } from '../identity/settle-identifiers.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import { reachesSomebodyNew } from '../suppression/carry-suppression.ts'
import { type ItemContext, optsOut, type PlacedItem, placeWith, type Run } from './item-context.ts'
import { digestsOf } from './prepared-item.ts'

type Gathering = { readonly keys: IngestKeys; readonly newId: () => string; readonly workspaceId: string }

/**
 * The people of a batch whom nobody knows and against whom nothing stands: their identifiers may be claimed together.
 * Two items of one new person give one claim; where they overlap only in part, the later one is a link and goes alone.
 * A call is walked only up to its first item that goes alone: what that one says of a "no" may reach those after it.
 */
export function gatherNewPeople(
  runs: readonly Run[],
  knowledge: Knowledge,
  gathering: Gathering,
): NewPerson[] {
  const taken = new Set<string>()
  return runs.flatMap((run) => gatherFromRun(run, knowledge, { ...gathering, taken }))
}

function gatherFromRun(
  run: Run,
  knowledge: Knowledge,
  gathering: Gathering & { taken: Set<string> },
): NewPerson[] {
  const people: NewPerson[] = []
  for (const context of run.items) {
    const placed = placeWith(context, knowledge)
    if (isNew(placed, context)) {
      const hexes = digestsOf(context.prepared).map((digest) => digest.toString('hex'))
      if (!hexes.some((hex) => gathering.taken.has(hex))) people.push(personOf(context, placed, gathering))
      for (const hex of hexes) gathering.taken.add(hex)
    } else if (goesAlone(placed, context)) break
  }
  return people
}

/** Must this item go through the slow lane, in its turn? */
export function goesAlone(placed: PlacedItem, context: ItemContext): boolean {
  const { placement } = placed
  if (placement.kind === 'drop') return reachesSomebodyNew(placed, context)
  return optsOut(context) || changesIdentity(placement)
}

/** Nobody owns any of its identifiers, nothing stands against them, and it may store. */
function isNew({ placement, knowledge, identifiers }: PlacedItem, context: ItemContext): boolean {
  if (placement.kind === 'drop' || placement.home !== null || optsOut(context)) return false
  return identifiers.every(({ owner }) => owner === null) && !hasHistory(context.prepared, knowledge)
}

function personOf(
  context: ItemContext,
  placed: PlacedItem,
  { keys, newId, workspaceId }: Gathering,
): NewPerson {
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
