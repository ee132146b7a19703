import { changesIdentity, type Stored } from '@heed/core'
import type pg from 'pg'
import type { ExclusiveLane, LaneTransaction } from '../gate/exclusive-lane.ts'
import { copyToStage, finishStage, type StagedVerdict, withStage } from '../gate/finish-stage.ts'
import { shareGate } from '../gate/gate.ts'
import { applyPlacement, type Linking, LinkRaced, writerOf } from '../identity/apply-placement.ts'
import { mergeProfiles } from '../identity/merge-profiles.ts'
import { hasHistory } from '../identity/settle-identifiers.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { isStaleKey } from '../keys/ingest-keys.ts'
import { inTransaction, isRefusedData } from '../store/transaction.ts'
import { carryFromDrop, carryThroughPerson, reachesSomebodyNew } from '../suppression/carry-suppression.ts'
import { suppressClosure } from '../suppression/suppress-closure.ts'
import { suppressionsIn } from '../suppression/suppressions.store.ts'
import type { IngestTools } from './ingest-tools.ts'
import { type ItemContext, optsOut, type PlacedItem, placeNow, rootsOf } from './item-context.ts'
import { stageItem, type Writer } from './stage-item.ts'

/** How often a link that raced another begins again before the call is told to come back. */
const ATTEMPTS = 8

export type SettledVerdict = StagedVerdict | 'rejected'

/**
 * The slow lane: one item, alone, in its turn. A link runs under the shared gate with its people locked; whatever touches
 * a "no", now or earlier, starts over in the exclusive lane. A held lock is never upgraded: two that tried would wait for
 * each other for ever. Answers `moved` when other links kept getting in between.
 */
export async function settleItem(
  tools: IngestTools,
  lane: ExclusiveLane,
  context: ItemContext,
): Promise<SettledVerdict> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const verdict = await attemptItem(tools, lane, context).catch((error: unknown) =>
      recover(tools, context, error),
    )
    if (verdict !== 'moved') return verdict
  }
  return 'moved'
}

async function attemptItem(
  tools: IngestTools,
  lane: ExclusiveLane,
  context: ItemContext,
): Promise<StagedVerdict> {
  const { workspaceId, trust } = context.source
  const linking: Linking = {
    workspaceId,
    provenance: trust,
    keys: await tools.keysOf(workspaceId),
    newId: tools.newId,
    digestVersion: context.ring.current.version,
    linkId: null,
  }
  const shared = await inTransaction(withStage(tools.pool), (client) =>
    settleShared(client, linking, context),
  )
  if (shared !== 'needs-exclusive') return shared
  return lane.run(workspaceId, (tx) => settleAlone(tx, linking, context))
}

/** A race is no error: the item begins again with what is true now. Data that the database refuses is refused alone. */
async function recover(
  tools: IngestTools,
  { source }: ItemContext,
  error: unknown,
): Promise<'moved' | 'rejected'> {
  if (error instanceof LinkRaced) return 'moved'
  if (isStaleKey(error)) {
    await tools.reloadKeys(source.workspaceId)
    return 'moved'
  }
  if (isRefusedData(error)) return 'rejected'
  throw error
}

async function settleShared(
  client: pg.ClientBase,
  linking: Linking,
  context: ItemContext,
): Promise<StagedVerdict | 'needs-exclusive'> {
  await shareGate(client, linking.workspaceId)
  const seen = await placeNow(client, context)
  if (isForExclusiveLane(seen, context)) return 'needs-exclusive'
  if (seen.placement.kind === 'drop') return insert(client, { context, writer: null, isExempt: false })
  const roots = rootsOf(seen)
  await subjectsIn(client, linking.workspaceId).lockRoots(roots)
  const placed = await placeNow(client, context)
  if (placed.placement.kind === 'drop' || rootsOf(placed).join() !== roots.join()) throw new LinkRaced()
  if (changesIdentity(placed.placement)) {
    const isTouched = hasHistory(context.prepared, placed.knowledge)
    if (isTouched || (await suppressionsIn(client, linking.workspaceId).hasHistory(roots)))
      return 'needs-exclusive'
  }
  const writer = await writerFor(client, linking, placed)
  return insert(client, { context, writer, isExempt: false })
}

function isForExclusiveLane(placed: PlacedItem, context: ItemContext): boolean {
  if (placed.placement.kind === 'drop') return reachesSomebodyNew(placed, context)
  return optsOut(context)
}

/** With the gate taken alone nobody links, stores or suppresses beside us, so nothing has to be read twice. */
async function settleAlone(
  tx: LaneTransaction,
  linking: Linking,
  context: ItemContext,
): Promise<StagedVerdict> {
  const placed = await placeNow(tx.client, context)
  if (placed.placement.kind === 'drop') {
    await carryFromDrop(tx, placed, context)
    return insert(tx.client, { context, writer: null, isExempt: false })
  }
  const writer = await writerFor(tx.client, linking, placed)
  if (writer === null) return 'moved'
  const isExempt = optsOut(context)
  if (!isExempt) await carryIfLinked(tx, placed.placement, writer)
  const verdict = await insert(tx.client, { context, writer, isExempt })
  if (isExempt && verdict === 'stored')
    await suppressClosure(tx, { context, subjectId: writer.key.subjectId })
  return verdict
}

async function carryIfLinked(tx: LaneTransaction, placement: Stored, writer: Writer): Promise<void> {
  if (!changesIdentity(placement)) return
  await carryThroughPerson(tx, placement.home ?? writer.key.subjectId)
}

async function writerFor(
  client: pg.ClientBase,
  linking: Linking,
  placed: PlacedItem,
): Promise<Writer | null> {
  const { placement } = placed
  if (placement.kind === 'drop') return null
  const stored = { ...placed, placement }
  return changesIdentity(placement) ? applyPlacement(client, linking, stored) : writerOf(stored, linking.keys)
}

type Insert = { readonly context: ItemContext; readonly writer: Writer | null; readonly isExempt: boolean }

async function insert(client: pg.ClientBase, { context, writer, isExempt }: Insert): Promise<StagedVerdict> {
  await copyToStage(client, [stageItem(context, writer, { ord: 0, isExempt })])
  const [verdict = 'moved'] = await finishStage(client)
  const { traits } = context.prepared.item
  if (verdict === 'stored' && writer !== null && traits !== null)
    await mergeProfiles(client, context.source.workspaceId, [
      { key: writer.key, traits, at: context.arrival.clientAt },
    ])
  return verdict
}
