import type { StageRow } from '../gate/stage-encoding.ts'
import type { SubjectKey } from '../keys/key-store.ts'
import { seal } from '../keys/seal.ts'
import type { ItemContext } from './item-context.ts'
import { digestsOf, roleCodesOf } from './prepared-item.ts'

/** Under whom an item is written: the fragment that owns its primary identifier, and that fragment's key. */
export type Writer = { readonly key: SubjectKey; readonly ownerDigest: Buffer }

/** The item as a row of the stage, sealed. Without a writer it can only be dropped or come back as `moved`. */
export function stageItem(
  { prepared, source, arrival }: ItemContext,
  writer: Writer | null,
  { ord, ifSuppressed }: Pick<StageRow, 'ord' | 'ifSuppressed'>,
): StageRow {
  const { item } = prepared
  const orderId = item.purchase?.orderId ?? null
  const sealFor = ({ key }: Writer, table: string, content: string) => {
    const place = { workspaceId: source.workspaceId, keyId: key.keyId, table, rowId: prepared.eventId }
    return seal(key.key, place, content)
  }
  return {
    ord,
    workspaceId: source.workspaceId,
    sourceId: source.sourceId,
    id: prepared.eventId,
    subjectId: writer?.key.subjectId ?? null,
    keyId: writer?.key.keyId ?? null,
    ownerDigest: writer?.ownerDigest ?? null,
    digests: digestsOf(prepared),
    roles: roleCodesOf(prepared),
    hasUserId: item.identifiers.some(({ role }) => role === 'userId' || role === 'alternativeId'),
    messageDigest: prepared.messageDigest,
    type: item.type,
    name: item.name,
    eventAt: item.eventAt.getTime(),
    clientAt: arrival.clientAt,
    receivedAt: arrival.receivedAt,
    arrivedAt: arrival.arrivedAt,
    isRecorded: item.isRecorded,
    ifSuppressed,
    campaign: item.campaign,
    revenue: item.revenue,
    currency: item.currency,
    sealed: writer === null ? null : sealFor(writer, 'event', item.content),
    purchaseKind: item.purchase?.kind ?? null,
    orderSealed: writer === null || orderId === null ? null : sealFor(writer, 'purchase', orderId),
  }
}
