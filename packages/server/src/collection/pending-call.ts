import type { ItemVerdict } from './collected-item.ts'
import type { Size } from './intake-room.ts'
import type { ItemContext } from './item-context.ts'

/** One call on its way: its items are settled in order, so only its first unsettled ones are ever in a batch. */
export type PendingCall = {
  readonly items: readonly ItemContext[]
  readonly verdicts: (ItemVerdict | null)[]
  readonly workspaceId: string
  readonly size: Size
  /** Batches that found its people moved. */
  attempts: number
  readonly resolve: (verdicts: readonly ItemVerdict[]) => void
  readonly reject: (error: unknown) => void
}

/** Items of a call that are in a batch now, by their places in the call. */
export type Taken = { readonly call: PendingCall; readonly positions: readonly number[] }

/** Calls of one workspace from the front of the queue, each with as many of its next items as still fit. */
export function takeBatch(queue: PendingCall[], most: number): Taken[] {
  const taken: Taken[] = []
  const workspaceId = queue[0]?.workspaceId
  let room = most
  for (let at = 0; at < queue.length && room > 0; ) {
    const call = queue[at]
    if (call === undefined || call.workspaceId !== workspaceId) {
      at += 1
      continue
    }
    queue.splice(at, 1)
    const positions = unsettled(call).slice(0, room)
    room -= positions.length
    taken.push({ call, positions })
  }
  return taken
}

function unsettled({ verdicts }: PendingCall): number[] {
  return verdicts.flatMap((verdict, position) => (verdict === null ? [position] : []))
}
