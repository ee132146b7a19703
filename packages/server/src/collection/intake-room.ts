import { Problem } from '@heed/protocol'
import type { CollectedItem } from './collected-item.ts'

/** How much may wait on this node. Beyond either, a call is refused with 503 before anything of it is kept. */
export type RoomLimits = { readonly queuedItems: number; readonly queuedBytes: number }

/** What a call takes up while it waits. */
export type Size = { readonly items: number; readonly bytes: number }

/** Bounded room for accepted items: memory stays bounded under any flood, because what does not fit is told to wait. */
export type IntakeRoom = {
  /** @throws Problem('overloaded') */
  readonly reserve: (items: readonly CollectedItem[]) => Size
  readonly release: (size: Size) => void
  readonly items: () => number
  /** Resolves when the room is empty. */
  readonly empty: () => Promise<void>
}

export function intakeRoom(limits: RoomLimits): IntakeRoom {
  const held = { items: 0, bytes: 0 }
  const waiting: (() => void)[] = []
  return {
    reserve(items) {
      const size = sizeOf(items)
      if (held.items + size.items > limits.queuedItems || held.bytes + size.bytes > limits.queuedBytes)
        throw new Problem('overloaded', 'The queue is full.', { retryAfter: 1 })
      held.items += size.items
      held.bytes += size.bytes
      return size
    },
    release(size) {
      held.items -= size.items
      held.bytes -= size.bytes
      if (held.items === 0) for (const resolve of waiting.splice(0)) resolve()
    },
    items: () => held.items,
    empty: () => (held.items === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

/** What a queued item costs beside its content. */
const ITEM_OVERHEAD_BYTES = 512

function sizeOf(items: readonly CollectedItem[]): Size {
  return {
    items: items.length,
    bytes: items.reduce((sum, { content }) => sum + content.length + ITEM_OVERHEAD_BYTES, 0),
  }
}
