import { Problem } from '@heed/protocol'
import type { ExclusiveLane } from '../gate/exclusive-lane.ts'
import type { Collect } from './collected-item.ts'
import type { FastVerdict } from './fast-lane.ts'
import type { IngestTools } from './ingest-tools.ts'
import { intakeRoom, type RoomLimits } from './intake-room.ts'
import { optsOut } from './item-context.ts'
import { type PendingCall, type Taken, takeBatch } from './pending-call.ts'
import { prepareCall } from './prepare-call.ts'
import { settleBatch, settleRun } from './settle-run.ts'

export type Intake = {
  readonly collect: Collect
  /** Items waiting or being worked on. */
  readonly depth: () => number
  /** Resolves when everything accepted has been answered. */
  readonly drain: () => Promise<void>
}

export type IntakeLimits = RoomLimits & {
  /** Items of one group commit: more gain nothing, and an opt-out waits the longer (ADR 0003). */
  readonly batchItems: number
  readonly batchesInFlight: number
}

const LIMITS: IntakeLimits = {
  batchItems: 150,
  batchesInFlight: 3,
  queuedItems: 20_000,
  queuedBytes: 64 * 1024 * 1024,
}

/**
 * Group commit: calls queue here, and whenever a batch is free it takes what is waiting. Nothing lingers: under load
 * batches fill by themselves, without load nobody waits.
 */
export function intake(tools: IngestTools, lane: ExclusiveLane, limits: IntakeLimits = LIMITS): Intake {
  const queue: PendingCall[] = []
  const room = intakeRoom(limits)
  let batches = 0

  function pump(): void {
    while (batches < limits.batchesInFlight && queue.length > 0) {
      batches += 1
      void runBatch(takeBatch(queue, limits.batchItems)).finally(() => {
        batches -= 1
        pump()
      })
    }
  }

  async function runBatch(batch: readonly Taken[]): Promise<void> {
    await settleBatch(tools, batch).then(
      (verdicts) => {
        for (const [at, taken] of batch.entries()) settle(taken, verdicts[at] ?? [])
      },
      (error: unknown) => {
        for (const { call } of batch) refuse(call, error)
      },
    )
  }

  function settle(taken: Taken, verdicts: readonly FastVerdict[]): void {
    void settleRun({ tools, lane }, taken, verdicts).then(
      () => goOn(taken.call),
      (error: unknown) => refuse(taken.call, error),
    )
  }

  /** An opt-out that comes next in its call does not wait behind the events of others: it goes to its lane at once. */
  function goOn(call: PendingCall): void {
    const next = call.verdicts.indexOf(null)
    const context = call.items[next]
    if (context === undefined) {
      room.release(call.size)
      call.resolve(call.verdicts.flatMap((verdict) => verdict ?? []))
    } else if (optsOut(context)) settle({ call, positions: [next] }, ['slow'])
    else {
      queue.push(call)
      pump()
    }
  }

  function refuse(call: PendingCall, error: unknown): void {
    room.release(call.size)
    call.reject(refusalOf(error))
  }

  return {
    depth: room.items,
    drain: room.empty,
    async collect(arrived) {
      if (arrived.items.length === 0) return []
      const size = room.reserve(arrived.items)
      const items = await prepareCall(tools, arrived).catch((error: unknown) => {
        room.release(size)
        throw refusalOf(error)
      })
      const { workspaceId } = arrived.source
      const verdicts = items.map(() => null)
      return new Promise((resolve, reject) => {
        goOn({ items, verdicts, workspaceId, size, attempts: 0, resolve, reject })
      })
    },
  }
}

/** The client keeps what it sent when it is told 503, and its message ids make the repeat harmless. */
function refusalOf(error: unknown): unknown {
  if (error instanceof Problem) return error
  return new Problem('overloaded', 'The database did not take it.', { retryAfter: 1, cause: error })
}
