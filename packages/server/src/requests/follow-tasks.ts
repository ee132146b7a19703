import { publicId } from '@heed/core'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { type RequestRow, type RequestStatus, requestsIn } from './requests.store.ts'
import { type ListedTask, tasksOf } from './tasks.store.ts'

/** A request is as far as the task that is least far. */
export function statusOf(tasks: readonly Pick<ListedTask, 'state' | 'dueAt'>[]): RequestStatus {
  if (tasks.some(({ state, dueAt }) => state === 'held' && dueAt === null)) return 'awaiting-approval'
  if (tasks.some(({ state }) => state === 'held')) return 'held'
  if (tasks.some(({ state }) => state === 'window')) return 'waiting'
  if (tasks.some(({ state }) => ['counting', 'scrubbing', 'making'].includes(state))) return 'running'
  return tasks.length > 0 && tasks.every(({ state }) => state === 'cancelled') ? 'cancelled' : 'settled'
}

/** After its tasks have moved, the request says so; its end is told to the audit log once. */
export async function followTasks(
  tx: LaneTransaction,
  { request, actor }: { readonly request: RequestRow; readonly actor: string },
): Promise<RequestStatus> {
  const { requestId, type } = request
  const status = statusOf(await tasksOf(tx.client, tx.workspaceId).ofRequest(requestId))
  if (status === request.status) return status
  const at = tx.now()
  await requestsIn(tx.client, tx.workspaceId).advance(requestId, { status, at })
  const kind = ENDS[status]
  if (kind === undefined) return status
  const body = { requestId: publicId('req', requestId), type }
  const fact = { workspaceId: tx.workspaceId, outboxId: tx.newId(), occurredAt: at, actor, subjectId: null }
  tx.tell([{ ...fact, kind, body }])
  return status
}

const ENDS: Partial<Record<RequestStatus, 'request-settled' | 'request-cancelled'>> = {
  settled: 'request-settled',
  cancelled: 'request-cancelled',
}
