import { Problem } from '@heed/protocol'
import { claimIdempotencyKey } from '../access/claim-idempotency-key.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { RequestParts } from './opening.ts'
import { type RequestRow, requestsIn } from './requests.store.ts'

export type RequestChange<Body = unknown> = {
  readonly workspaceId: string
  readonly actor: string
  readonly idempotencyKey: string | null
  readonly requestId: string
  readonly body: Body
}

type Step = {
  readonly name: 'approve' | 'cancel' | 'reverse'
  readonly work: (tx: LaneTransaction, request: RequestRow) => Promise<void>
}

/** Changes a request with the gate taken alone and answers it as it is then; the same call again changes nothing more. */
export async function changeRequest(
  { lane, now }: Pick<RequestParts, 'lane' | 'now'>,
  { workspaceId, requestId, idempotencyKey, body }: RequestChange,
  { name, work }: Step,
): Promise<RequestRow> {
  return lane.run(workspaceId, async (tx) => {
    const requests = requestsIn(tx.client, workspaceId)
    const request = await requests.find(requestId)
    if (request === null) throw new Problem('not-found', 'This workspace has no such request.')
    const claim = await claimIdempotencyKey(tx.client, {
      workspaceId,
      key: idempotencyKey,
      route: `POST /api/v1/requests/{id}/${name}`,
      body: { requestId, ...(body ?? {}) },
      resourceId: requestId,
      now: now(),
    })
    if (claim.kind === 'new') await work(tx, request)
    return (await requests.find(requestId)) ?? request
  })
}
