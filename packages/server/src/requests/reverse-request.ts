import { Problem, type Reversal } from '@heed/protocol'
import { escrowIn } from '../erasure/escrow.store.ts'
import { reverseErasure } from '../erasure/reverse-erasure.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { DigestRing } from '../identity/digest-ring.ts'
import { changeRequest, type RequestChange } from './change-request.ts'
import { followTasks } from './follow-tasks.ts'
import type { RequestParts } from './opening.ts'
import type { RequestRow } from './requests.store.ts'
import { type ListedTask, tasksOf } from './tasks.store.ts'

/**
 * Takes back an erase while its keys are still put away: the person is there again, under every identifier. What of it has
 * not begun yet is cancelled.
 */
export async function reverseRequest(
  parts: RequestParts,
  change: RequestChange<Reversal>,
): Promise<RequestRow> {
  const ring = await parts.rings(change.workspaceId)
  return changeRequest(parts, change, {
    name: 'reverse',
    work: (tx, request) => reverse(tx, parts, { ring, request, change }),
  })
}

type Reversing = {
  readonly ring: DigestRing
  readonly request: RequestRow
  readonly change: RequestChange<Reversal>
}

async function reverse(
  tx: LaneTransaction,
  parts: RequestParts,
  { ring, request, change }: Reversing,
): Promise<void> {
  if (request.status === 'cancelled') return
  const { requestId, actor, body } = change
  const escrow = escrowIn(tx.client, tx.workspaceId)
  await escrow.keepKeks()
  const keyIds = await escrow.lock(requestId)
  const tasks = await tasksOf(tx.client, tx.workspaceId).lock(requestId)
  const refused = refusal(request, tasks)
  if (refused !== null) throw new Problem('conflict', refused)
  const open = tasks.filter((task) => isOpen(task) || task.state === 'held')
  await reverseErasure(tx, parts, {
    requestId,
    tasks: open,
    keyIds: keyIds.filter((keyId) => open.some((task) => task.keyIds.includes(keyId))),
    ring,
    actor,
    keepsSuppressed: body.keepSuppressed ?? false,
  })
  await followTasks(tx, { request, actor })
}

function isOpen({ state, isRecoverable }: ListedTask): boolean {
  return state === 'window' && isRecoverable
}

function refusal({ type, status }: RequestRow, tasks: readonly ListedTask[]): string | null {
  if (type !== 'erase') return `A request of type ${type} cannot be reversed.`
  if (tasks.some(isOpen)) return null
  if (status === 'held' || status === 'awaiting-approval')
    return 'This erase has not been carried out yet; it can be cancelled.'
  if (tasks.every(({ outcome }) => outcome === 'not-found'))
    return 'This erase found nobody, so there is nothing to bring back; unsuppress lifts what it suppressed.'
  return 'The time to reverse this erase is over, and its keys are destroyed or about to be; nobody can bring the data back.'
}
