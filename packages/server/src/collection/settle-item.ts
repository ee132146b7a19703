import { changesIdentity, isAddress, isUserId, type Stored } from '@heed/core'
import { Problem } from '@heed/protocol'
import type pg from 'pg'
import type { ExclusiveLane, LaneTransaction } from '../gate/exclusive-lane.ts'
import { copyToStage, finishStage, type StagedVerdict, withStage } from '../gate/finish-stage.ts'
import { shareGate } from '../gate/gate.ts'
import { applyPlacement, type Linking, LinkRaced, writerOf } from '../identity/apply-placement.ts'
import { mergeProfiles } from '../identity/merge-profiles.ts'
import { refuseCrowd, TooManyIdentifiers } from '../identity/refuse-crowd.ts'
import { hasHistory } from '../identity/settle-identifiers.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { isStaleKey } from '../keys/ingest-keys.ts'
import { inTransaction, isRefusedData } from '../store/transaction.ts'
import {
  type BeforeLink,
  beforeLink,
  carryFromDrop,
  carryThroughPerson,
  reachesSomebodyNew,
} from '../suppression/carry-suppression.ts'
import { suppressClosure } from '../suppression/suppress-closure.ts'
import { suppressionsIn } from '../suppression/suppressions.store.ts'
import type { IngestTools } from './ingest-tools.ts'
import { type ItemContext, optsOut, type PlacedItem, placeNow, rootsOf } from './item-context.ts'
import { wasSeen } from './message-seen.store.ts'
import { NO_PURCHASE } from './parse/purchase.ts'
import { PLAIN_OPT_OUTS, plainOptOut } from './settle-opt-outs.ts'
import { stageItem, type Writer } from './stage-item.ts'

/** How often a link that raced another begins again before the call is told to come back. */
const ATTEMPTS = 8

export type SettledVerdict = StagedVerdict | 'rejected' | 'too-many-identifiers'

/**
 * The slow lane: one item, alone, in its turn. An opt-out of somebody who had not opted out before changes a "no" whatever
 * happens meanwhile, so it does not wait at the gate twice; somebody's hundredth changes nothing and must not stop the others.
 * A link runs under the shared gate with its people locked; whatever touches
 * a "no", now or earlier, starts over in the exclusive lane. A held lock is never upgraded: two that tried would wait for
 * each other for ever. Answers `moved` when other links kept getting in between.
 */
export async function settleItem(
  tools: IngestTools,
  lane: ExclusiveLane,
  context: ItemContext,
): Promise<SettledVerdict> {
  const verdict = await attemptOften(tools, lane, context)
  if (verdict !== 'rejected' || !optsOut(context)) return verdict
  const bare = await attemptOften(tools, lane, withoutDetails(context))
  if (bare === 'rejected') throw new Problem('overloaded', 'The opt-out was not taken.', { retryAfter: 60 })
  return bare
}

async function attemptOften(
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

/** A "no" is not lost for what came with it: this is the same opt-out without anything a database could refuse. */
function withoutDetails(context: ItemContext): ItemContext {
  const { prepared } = context
  const { receivedAt } = prepared.item
  const details = { name: null, eventAt: receivedAt, campaign: null, ...NO_PURCHASE }
  return { ...context, prepared: { ...prepared, item: { ...prepared.item, ...details } } }
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
  const seen = optsOut(context) ? await placeNow(tools.pool, context) : null
  const plain = seen === null ? null : plainOptOut(seen, context, linking.keys)
  if (plain !== null) return lane.runStaged(workspaceId, PLAIN_OPT_OUTS, plain)
  const shared =
    seen !== null && isForExclusiveLane(seen, context)
      ? 'needs-exclusive'
      : await inTransaction(withStage(tools.pool), (client) => settleShared(client, linking, context))
  if (shared !== 'needs-exclusive') return shared
  return lane.run(workspaceId, (tx) => settleAlone(tx, linking, context))
}

/** A race is no error: the item begins again with what is true now. Data that the database refuses is refused alone. */
async function recover(
  tools: IngestTools,
  { source }: ItemContext,
  error: unknown,
): Promise<'moved' | 'rejected' | 'too-many-identifiers'> {
  if (error instanceof LinkRaced) return 'moved'
  if (error instanceof TooManyIdentifiers) return 'too-many-identifiers'
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
  if (seen.placement.kind === 'drop') return insert(client, { context, writer: null, ifSuppressed: 'refuse' })
  const roots = rootsOf(seen)
  await subjectsIn(client, linking.workspaceId).lockRoots(roots)
  const placed = await placeNow(client, context)
  if (placed.placement.kind === 'drop' || rootsOf(placed).join() !== roots.join()) throw new LinkRaced()
  if (changesIdentity(placed.placement)) {
    if (await wasSeen(client, context.prepared.messageDigest)) return 'duplicate'
    await refuseCrowd(client, linking.workspaceId, placed.placement)
    const isTouched = hasHistory(context.prepared, placed.knowledge)
    if (isTouched || (await suppressionsIn(client, linking.workspaceId).hasHistory(roots)))
      return 'needs-exclusive'
  }
  const writer = await writerFor(client, linking, placed)
  return insert(client, { context, writer, ifSuppressed: 'refuse' })
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
  const isRepeat = () => wasSeen(tx.client, context.prepared.messageDigest)
  if (placed.placement.kind === 'drop') {
    if (!(await isRepeat())) await carryFromDrop(tx, placed, context)
    return insert(tx.client, { context, writer: null, ifSuppressed: 'refuse' })
  }
  const isLink = changesIdentity(placed.placement)
  if (isLink && (await isRepeat())) return 'duplicate'
  const isExempt = optsOut(context)
  // A "no" is taken whatever it carries; its person is collected no more, so that no crowd grows by it.
  if (isLink && !isExempt) await refuseCrowd(tx.client, tx.workspaceId, placed.placement)
  const before = isLink && !isExempt ? await sidesOf(tx, placed, placed.placement) : null
  const writer = await writerFor(tx.client, linking, placed)
  if (writer === null) return 'moved'
  if (before !== null) await carryThroughPerson(tx, placed.placement.home ?? writer.key.subjectId, before)
  const verdict = await insert(tx.client, { context, writer, ifSuppressed: isExempt ? 'store' : 'refuse' })
  if (isExempt && verdict === 'stored')
    await suppressClosure(tx, { context, subjectId: writer.key.subjectId, addressees: addresseesOf(placed) })
  return verdict
}

function sidesOf(tx: LaneTransaction, { identifiers }: PlacedItem, placement: Stored): Promise<BeforeLink> {
  const roots = placement.home === null ? placement.absorb : [placement.home, ...placement.absorb]
  const joining = placement.attach.flatMap((at) => identifiers[at]?.reading.digests ?? [])
  return beforeLink(tx, roots, joining)
}

/** Whom an opt-out names by their address: without a user id, it is the "no" of whoever owns that, too. */
function addresseesOf({ identifiers }: PlacedItem): string[] {
  if (identifiers.some(isUserId)) return []
  return identifiers.filter(isAddress).flatMap(({ owner }) => owner?.root ?? [])
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

type Insert = {
  readonly context: ItemContext
  readonly writer: Writer | null
  readonly ifSuppressed: 'refuse' | 'store'
}

async function insert(
  client: pg.ClientBase,
  { context, writer, ifSuppressed }: Insert,
): Promise<StagedVerdict> {
  await copyToStage(client, [stageItem(context, writer, { ord: 0, ifSuppressed })])
  const [verdict = 'moved'] = await finishStage(client)
  const { traits } = context.prepared.item
  if (verdict === 'stored' && writer !== null && traits !== null)
    await mergeProfiles(client, context.source.workspaceId, [
      { key: writer.key, traits, at: context.arrival.clientAt },
    ])
  return verdict
}
