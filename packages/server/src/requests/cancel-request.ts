import { Problem } from '@heed/protocol'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { changeRequest, type RequestChange } from './change-request.ts'
import { followTasks } from './follow-tasks.ts'
import type { RequestParts } from './opening.ts'
import type { RequestRow, RequestStatus } from './requests.store.ts'
import { takeBackTasks } from './take-back-tasks.ts'
import { tasksOf } from './tasks.store.ts'

/** Takes back an erase that has not been carried out (it waited for a hold to end, or for somebody's word), or a restriction. */
export async function cancelRequest(parts: RequestParts, change: RequestChange): Promise<RequestRow> {
  return changeRequest(parts, change, { name: 'cancel', work: (tx, request) => cancel(tx, request, change) })
}

async function cancel(
  tx: LaneTransaction,
  request: RequestRow,
  { requestId, actor }: RequestChange,
): Promise<void> {
  if (request.status === 'cancelled') return
  const tasks = await tasksOf(tx.client, tx.workspaceId).lock(requestId)
  const refused = refusal(
    request,
    tasks.map(({ state }) => state),
  )
  if (refused !== null) throw new Problem('conflict', refused)
  await takeBackTasks(tx, { requestId, tasks, actor })
  await followTasks(tx, { request, actor })
}

const WAITING: readonly RequestStatus[] = ['held', 'awaiting-approval']

function refusal({ type, status }: RequestRow, states: readonly string[]): string | null {
  if (type === 'restrict' && status === 'running') return null
  if (type !== 'erase') return `A request of type ${type} cannot be cancelled.`
  if (status === 'waiting')
    return 'This erase has been carried out; until its time is over it can be reversed.'
  if (!WAITING.includes(status)) return `This request is ${status}; it can no longer be cancelled.`
  const isBegun = states.some((state) => state !== 'held')
  return isBegun ? 'A part of this erase has been carried out; reverse it, which cancels the rest.' : null
}
