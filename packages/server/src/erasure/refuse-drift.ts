import { Problem } from '@heed/protocol'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { Opening } from '../requests/opening.ts'
import type { Reached } from '../requests/reach-people.ts'
import { planHashOf } from './plan-of-erase.ts'

/**
 * Who named a plan has agreed to that plan. Asked with the gate taken alone, in the transaction that would carry it out, so
 * nothing can change in between; the refusal undoes the request as well.
 */
export async function refuseDrift(tx: LaneTransaction, opening: Opening, reached: Reached): Promise<void> {
  const { planHash, suppress = true } = opening.call.request
  if (planHash === undefined) return
  const { hash } = await planHashOf(tx.client, tx.workspaceId, {
    reached,
    suppress,
    reversalDays: opening.parts.reversalDays,
    now: opening.openedAt,
  })
  if (hash !== planHash)
    throw new Problem(
      'plan-drifted',
      'Whom it reaches, what would be done, or a hold is not as it was previewed. Nothing was changed; preview it again.',
    )
}
