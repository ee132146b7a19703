import { Problem } from '@heed/protocol'
import type { ExclusiveLane } from '../gate/exclusive-lane.ts'
import type { StagedVerdict } from '../gate/finish-stage.ts'
import { isStaleKey } from '../keys/ingest-keys.ts'
import type { Collect, CollectedItem, ItemVerdict } from './collected-item.ts'
import { type FastVerdict, settleTogether } from './fast-lane.ts'
import type { IngestTools } from './ingest-tools.ts'
import type { ItemContext } from './item-context.ts'
import { type ArrivedCall, prepareCall } from './prepare-call.ts'
import { settleItem } from './settle-item.ts'

export type Intake = {
  readonly collect: Collect
  /** Items waiting or being worked on. */
  readonly depth: () => number
  /** Resolves when everything accepted has been answered. */
  readonly drain: () => Promise<void>
}

export type IntakeLimits = {
  /** Items of one group commit: 250 lose nothing against 1,000 and let an opt-out wait a fifth as long (ADR 0003). */
  readonly batchItems: number
  readonly batchesInFlight: number
  /** Beyond either of these a call is refused with 503 before anything of it is kept. */
  readonly queuedItems: number
  readonly queuedBytes: number
}

const LIMITS: IntakeLimits = {
  batchItems: 250,
  batchesInFlight: 3,
  queuedItems: 20_000,
  queuedBytes: 64 * 1024 * 1024,
}

/** A batch may find this often that its people have moved before the call is told to come back. */
const MOST_ATTEMPTS = 8

/** One call on its way: its items are settled in order, so only its first unsettled ones are ever in a batch. */
type PendingCall = {
  readonly items: readonly ItemContext[]
  readonly verdicts: (ItemVerdict | null)[]
  readonly workspaceId: string
  readonly size: Size
  attempts: number
  readonly resolve: (verdicts: readonly ItemVerdict[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: calls queue here, and whenever a batch is free it takes what is waiting. Nothing lingers: under load
 * batches fill by themselves, without load nobody waits.
 */
export function intake(tools: IngestTools, lane: ExclusiveLane, limits: IntakeLimits = LIMITS): Intake {
  const queue: PendingCall[] = []
  const held = { items: 0, bytes: 0, batches: 0 }
  const idle: (() => void)[] = []

  function reserve({ items }: ArrivedCall): Size {
    const size = sizeOf(items)
    if (held.items + size.items > limits.queuedItems || held.bytes + size.bytes > limits.queuedBytes)
      throw new Problem('overloaded', 'The queue is full.', { retryAfter: 1 })
    held.items += size.items
    held.bytes += size.bytes
    return size
  }

  function release(size: Size): void {
    held.items -= size.items
    held.bytes -= size.bytes
    if (held.items === 0) for (const resolve of idle.splice(0)) resolve()
  }

  function settleCall(call: PendingCall, finish: () => void): void {
    release(call.size)
    finish()
  }

  function goOn(call: PendingCall): void {
    if (call.verdicts.includes(null)) queue.push(call)
    else settleCall(call, () => call.resolve(call.verdicts.flatMap((verdict) => verdict ?? [])))
  }

  function pump(): void {
    while (held.batches < limits.batchesInFlight && queue.length > 0) {
      held.batches += 1
      const batch = takeBatch(queue, limits.batchItems)
      void runBatch(batch).finally(() => {
        held.batches -= 1
        pump()
      })
    }
  }

  async function runBatch(batch: readonly Taken[]): Promise<void> {
    const verdicts = await settleBatch(tools, batch).catch((error: unknown) => error as Error)
    if (verdicts instanceof Error) {
      for (const { call } of batch) settleCall(call, () => call.reject(refusalOf(verdicts)))
      return
    }
    batch.forEach((taken, at) => {
      void finishRun(taken, verdicts[at] ?? [])
        .then(
          () => goOn(taken.call),
          (error: unknown) => settleCall(taken.call, () => taken.call.reject(refusalOf(error))),
        )
        .then(pump)
    })
  }

  /** Notes what the fast lane settled; the item it stopped at goes through the slow lane now, before the rest. */
  async function finishRun({ call, positions }: Taken, verdicts: readonly FastVerdict[]): Promise<void> {
    const isStuck = verdicts.includes('moved')
    if (isStuck) call.attempts += 1
    if (call.attempts > MOST_ATTEMPTS) throw new Problem('overloaded', 'Try again.', { retryAfter: 1 })
    for (const [at, verdict] of verdicts.entries()) {
      const position = positions[at] ?? 0
      const context = call.items[position]
      if (context === undefined || verdict === 'moved' || (verdict === 'slow' && isStuck)) continue
      const settled = verdict === 'slow' ? await settleSlowly(context) : verdict
      call.verdicts[position] = verdictOf(settled, context)
    }
  }

  async function settleSlowly(context: ItemContext): Promise<StagedVerdict | 'rejected'> {
    const verdict = await settleItem(tools, lane, context)
    if (verdict === 'moved') throw new Problem('overloaded', 'Try again.', { retryAfter: 1 })
    return verdict
  }

  return {
    depth: () => held.items,
    drain: () => (held.items === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
    async collect(arrived) {
      if (arrived.items.length === 0) return []
      const size = reserve(arrived)
      const items = await prepareCall(tools, arrived).catch((error: unknown) => {
        release(size)
        throw refusalOf(error)
      })
      const { workspaceId } = arrived.source
      return new Promise((resolve, reject) => {
        queue.push({
          items,
          verdicts: items.map(() => null),
          workspaceId,
          size,
          attempts: 0,
          resolve,
          reject,
        })
        pump()
      })
    },
  }
}

type Size = { readonly items: number; readonly bytes: number }

/** What a queued item costs beside its content. */
const ITEM_OVERHEAD_BYTES = 512

function sizeOf(items: readonly CollectedItem[]): Size {
  return {
    items: items.length,
    bytes: items.reduce((sum, { content }) => sum + content.length + ITEM_OVERHEAD_BYTES, 0),
  }
}

type Taken = { readonly call: PendingCall; readonly positions: readonly number[] }

/** Calls of one workspace from the front of the queue, each with as many of its next items as still fit. */
function takeBatch(queue: PendingCall[], most: number): Taken[] {
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
    const positions = call.verdicts
      .flatMap((verdict, position) => (verdict === null ? [position] : []))
      .slice(0, room)
    room -= positions.length
    taken.push({ call, positions })
  }
  return taken
}

async function settleBatch(tools: IngestTools, batch: readonly Taken[]): Promise<FastVerdict[][]> {
  const workspaceId = batch[0]?.call.workspaceId ?? ''
  const runs = batch.map(({ call, positions }) => ({
    items: positions.flatMap((at) => call.items[at] ?? []),
  }))
  return settleTogether(tools, workspaceId, runs).catch(async (error: unknown) => {
    if (!isStaleKey(error)) throw error
    await tools.reloadKeys(workspaceId)
    return settleTogether(tools, workspaceId, runs)
  })
}

/** The client keeps what it sent when it is told 503, and its message ids make the repeat harmless. */
function refusalOf(error: unknown): unknown {
  if (error instanceof Problem) return error
  return new Problem('overloaded', 'The database did not take it.', { retryAfter: 1, cause: error })
}

function verdictOf(verdict: StagedVerdict | 'rejected', { prepared }: ItemContext): ItemVerdict {
  if (verdict === 'stored') return { kind: 'stored', eventId: prepared.eventId }
  if (verdict === 'rejected' || verdict === 'moved') return { kind: 'rejected', code: 'refused-by-database' }
  return { kind: verdict }
}
