import type { SourceSettings } from '@heed/protocol'
import type { Collect, CollectionSource, ItemVerdict } from '../../collection/collected-item.ts'

/** A source as a write key leads to it. */
export type FoundSource = Pick<CollectionSource, 'workspaceId' | 'sourceId' | 'trust'> & {
  readonly settings: SourceSettings
}

/** What the collection doors need of the rest of the server. */
export type CollectionParts = {
  readonly collect: Collect
  /** Told what became of every item of a call, also of those that were refused before they got that far. */
  readonly count: (verdicts: readonly ItemVerdict[]) => void
  /** The enabled source with this write key, or null. */
  readonly findSource: (writeKey: string) => Promise<FoundSource | null>
  /** Whether a token of this workspace may read events; a wrong token may throw `Problem('unauthenticated')`. */
  readonly hasEventsRead: (call: {
    readonly token: string
    readonly workspaceId: string
    readonly address: string
  }) => Promise<boolean>
  readonly now: () => Date
  /** Monotonic milliseconds: `performance.now()`. */
  readonly elapsed: () => number
  /** Address under which browsers reach this server; null: what the call itself names. */
  readonly publicUrl: string | null
  /** Bytes of bodies that this node holds at once before it answers 503. */
  readonly mostBytesInFlight: number
}
