import type { DigestRing } from '../identity/digest-ring.ts'
import type { CollectedItem, CollectionSource } from './collected-item.ts'
import type { IngestTools } from './ingest-tools.ts'
import type { ItemContext } from './item-context.ts'
import { prepareItem } from './prepared-item.ts'

export type ArrivedCall = {
  readonly source: CollectionSource
  readonly items: readonly CollectedItem[]
  /** `performance.now()` when the last byte had been read. */
  readonly arrivedAt: number
}

/** Digests, ids and times of a call's items. */
export async function prepareCall(
  tools: IngestTools,
  { source, items, arrivedAt }: ArrivedCall,
): Promise<ItemContext[]> {
  const ring = await tools.ringOf(source.workspaceId)
  await tools.clock.refresh(tools.pool)
  const databaseTime = tools.clock.at(arrivedAt)
  return items.map((item) => ({
    prepared: prepareItem(item, ring, {
      eventId: tools.newId(),
      messageDigest: messageDigestOf(item, source, ring),
    }),
    source,
    ring,
    arrival: {
      workspaceId: source.workspaceId,
      sourceId: source.sourceId,
      arrivedAt: databaseTime,
      clientAt: (item.clientAt ?? item.receivedAt).getTime(),
      receivedAt: item.receivedAt.getTime(),
      isRecorded: item.isRecorded,
    },
  }))
}

/** A client's own id counts across sources, as in Segment; one made from the item counts in its source. */
function messageDigestOf(
  item: CollectedItem,
  { sourceId }: CollectionSource,
  ring: DigestRing,
): Buffer | null {
  if (item.messageId !== null) return ring.messageDigest(item.messageId)
  return item.fingerprint === null ? null : ring.messageDigest(`\u0002${sourceId}\u0002${item.fingerprint}`)
}
