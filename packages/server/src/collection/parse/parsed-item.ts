import type { ItemRejection, SourceSettings } from '@heed/protocol'
import type { CollectedItem } from '../collected-item.ts'

/** What parsing made of one item of a call. A refused item never fails its call. */
export type ParsedItem =
  | { readonly kind: 'collected'; readonly item: CollectedItem }
  | { readonly kind: 'rejected'; readonly code: ItemRejection }

export function rejected(code: ItemRejection): ParsedItem {
  return { kind: 'rejected', code }
}

/** What is true of every item of one call. */
export type CallFacts = {
  readonly settings: SourceSettings
  readonly receivedAt: Date
  /** The caller's address, behind trusted proxies. */
  readonly address: string
  /** The call comes from the person's own browser or phone, so that `address` is theirs. */
  readonly isFromDevice: boolean
  /** History: the call brings what was received before. */
  readonly isRecorded: boolean
}
