import { changesIdentity, isAddress, isUserId, publicId } from '@heed/core'
import type { Judged, StagedKind } from '../gate/exclusive-lane.ts'
import type { StagedVerdict } from '../gate/finish-stage.ts'
import { writerOf } from '../identity/apply-placement.ts'
import { hasHistory } from '../identity/settle-identifiers.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import { type OptOutCause, openOptOuts } from '../suppression/opt-out-causes.store.ts'
import { tellOpened } from '../suppression/suppress-closure.ts'
import { type ItemContext, optsOut, type PlacedItem, rootsOf } from './item-context.ts'
import { stageItem, type Writer } from './stage-item.ts'

/** An opt-out that needs nothing but its person's closure, with what it is written under. */
export type PlainOptOut = { readonly context: ItemContext; readonly writer: Writer; readonly root: string }

/**
 * The first "no" of one known person, who is named by what is already theirs, as most opt-outs are; null for any other. Such
 * a one is sealed and staged before the gate is taken, and what was read before is proven behind it, as for any event.
 */
export function plainOptOut(placed: PlacedItem, context: ItemContext, keys: IngestKeys): PlainOptOut | null {
  const { placement, knowledge, identifiers } = placed
  if (!optsOut(context) || placement.kind === 'drop' || placement.home === null) return null
  if (context.prepared.item.traits !== null) return null
  if (changesIdentity(placement) || hasHistory(context.prepared, knowledge)) return null
  const isByAddress = !identifiers.some(isUserId) && identifiers.some(isAddress)
  const writer = writerOf({ ...placed, placement }, keys)
  if (isByAddress || rootsOf(placed).length !== 1 || writer === null) return null
  return { context, writer, root: placement.home }
}

/** All that wait at once, in two statements; whose person said another "no" meanwhile begins again. */
export const PLAIN_OPT_OUTS: StagedKind<PlainOptOut, StagedVerdict> = {
  namesOf: ({ root, context }) => [root, context.prepared.messageDigest?.toString('hex') ?? root],
  rowOf: ({ context, writer }, ord) => stageItem(context, writer, { ord, ifSuppressed: 'move' }),
  async settle(tx, judged) {
    const causes = judged.flatMap((one) => (one.verdict === 'stored' ? causeOf(one) : []))
    if (causes.length > 0) {
      const rows = await openOptOuts(tx.client, tx.workspaceId, causes)
      const byCause = Map.groupBy(rows, ({ cause }) => cause)
      for (const cause of causes)
        tellOpened(tx, newCauseOf(tx.workspaceId, cause), byCause.get(cause.cause) ?? [])
    }
    return judged.map(({ verdict }) => verdict)
  },
}

function causeOf({ input }: Judged<PlainOptOut>): OptOutCause {
  const { source, prepared } = input.context
  return {
    cause: prepared.eventId,
    subjectId: input.writer.key.subjectId,
    sourceId: source.sourceId,
    actor: `source:${publicId('src', source.sourceId)}`,
  }
}

function newCauseOf(workspaceId: string, cause: OptOutCause) {
  return { ...cause, kind: 'opt-out-event' as const, scope: workspaceId, requestId: null }
}
