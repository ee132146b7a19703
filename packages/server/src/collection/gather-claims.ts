import { changesIdentity, onlyAttaches } from '@heed/core'
import { newIdentifier } from '../identity/apply-placement.ts'
import type { Claims, NewJoin, NewPerson } from '../identity/claim-people.ts'
import type { Knowledge } from '../identity/knowledge.store.ts'
import { hasHistory } from '../identity/settle-identifiers.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import { reachesSomebodyNew } from '../suppression/carry-suppression.ts'
import { type ItemContext, optsOut, type PlacedItem, placeWith, type Run } from './item-context.ts'
import { digestsOf } from './prepared-item.ts'

type Tools = { readonly keys: IngestKeys; readonly newId: () => string; readonly workspaceId: string }

/**
 * What a batch says of people that may be made true for all of it together: people whom nobody knows, and identifiers that
 * nobody owns of people who are known, where nothing stands against any of them.
 *
 * Two items of one new person give one claim; where they overlap only in part, the later one is a link and goes alone, and
 * a person is joined once, because the second could be the one that brings another user id. A call is walked only up to its
 * first item that goes alone: what that one says of a "no" may reach those after it.
 */
export function gatherClaims(runs: readonly Run[], knowledge: Knowledge, tools: Tools): Claims {
  const gathering: Gathering = { ...tools, people: [], joins: [], taken: new Set() }
  for (const { items } of runs)
    items.every((context) => gather(gathering, context, placeWith(context, knowledge)))
  return gathering
}

type Gathering = Tools & {
  readonly people: NewPerson[]
  readonly joins: NewJoin[]
  /** Digests and roots that a claim of this batch is about. */
  readonly taken: Set<string>
}

/** False at an item that goes alone. */
function gather(gathering: Gathering, context: ItemContext, placed: PlacedItem): boolean {
  if (isNew(placed, context)) {
    if (isFree(gathering, placed, context)) gathering.people.push(personOf(context, placed, gathering))
    take(gathering, placed, context)
    return true
  }
  const join = isJoin(placed, context) ? joinOf(context, placed, gathering) : null
  if (join === null) return !goesAlone(placed, context)
  if (!isFree(gathering, placed, context)) return false
  gathering.joins.push(join)
  take(gathering, placed, context)
  return true
}

/**
 * Must this item go through the slow lane, in its turn? An opt-out always: judged on what was read before the gate, it
 * could be taken for the repetition of a "no" that is being lifted, and be lost.
 */
export function goesAlone(placed: PlacedItem, context: ItemContext): boolean {
  const { placement } = placed
  if (optsOut(context)) return true
  return placement.kind === 'drop' ? reachesSomebodyNew(placed, context) : changesIdentity(placement)
}

/** Nobody owns any of its identifiers, nothing stands against them, and it may store. */
function isNew({ placement, knowledge, identifiers }: PlacedItem, context: ItemContext): boolean {
  if (placement.kind === 'drop' || placement.home !== null || optsOut(context)) return false
  return identifiers.every(({ owner }) => owner === null) && !hasHistory(context.prepared, knowledge)
}

/** Some of its identifiers are one known person's, nobody owns the others, and nothing stands against any. */
function isJoin({ placement, knowledge, identifiers }: PlacedItem, context: ItemContext): boolean {
  if (placement.kind === 'drop' || optsOut(context) || !onlyAttaches(placement)) return false
  const isWhole = identifiers.every(
    ({ owner }, at) => owner?.root === placement.home || placement.attach.includes(at),
  )
  return isWhole && !hasHistory(context.prepared, knowledge)
}

function isFree({ taken }: Gathering, placed: PlacedItem, context: ItemContext): boolean {
  return !namesOf(placed, context).some((name) => taken.has(name))
}

function take({ taken }: Gathering, placed: PlacedItem, context: ItemContext): void {
  for (const name of namesOf(placed, context)) taken.add(name)
}

function namesOf({ placement }: PlacedItem, { prepared }: ItemContext): string[] {
  const digests = digestsOf(prepared).map((digest) => digest.toString('hex'))
  return placement.kind === 'store' && placement.home !== null ? [...digests, placement.home] : digests
}

function personOf(context: ItemContext, placed: PlacedItem, tools: Tools): NewPerson {
  const { key, row } = tools.keys.mint({ keyId: tools.newId(), subjectId: tools.newId() })
  return {
    subjectId: key.subjectId,
    key: row,
    identifiers: attached({ context, placed, tools }, { key }),
    provenance: context.source.trust,
    asked: digestsOf(context.prepared),
  }
}

/** Null when the key of the person is gone. */
function joinOf(context: ItemContext, placed: PlacedItem, tools: Tools): NewJoin | null {
  const owners = ownersOf(placed)
  const [first] = owners
  const wrapped = owners.find(({ key }) => key !== null)?.key
  if (first === undefined || !wrapped) return null
  return {
    root: first.root,
    hasUserId: first.hasUserId,
    known: owners.map(({ digest, fragment }) => ({ digest, fragment })),
    identifiers: attached({ context, placed, tools }, { key: tools.keys.unwrap(wrapped) }),
    provenance: context.source.trust,
    asked: digestsOf(context.prepared),
  }
}

function ownersOf({ identifiers, knowledge }: PlacedItem) {
  return identifiers.flatMap(({ reading }) =>
    reading.digests.flatMap((digest) => {
      const owner = knowledge.get(digest.toString('hex'))?.owner
      return owner ? [{ ...owner, digest }] : []
    }),
  )
}

type Attaching = { readonly context: ItemContext; readonly placed: PlacedItem; readonly tools: Tools }

function attached(
  { context, placed: { placement, identifiers }, tools }: Attaching,
  person: Parameters<typeof newIdentifier>[1],
) {
  const linking = {
    ...tools,
    provenance: context.source.trust,
    digestVersion: context.ring.current.version,
    linkId: null,
  }
  const attach = placement.kind === 'store' ? placement.attach : []
  return attach.flatMap((at) => {
    const reading = identifiers[at]?.reading
    return reading === undefined ? [] : [newIdentifier(reading, person, linking)]
  })
}
