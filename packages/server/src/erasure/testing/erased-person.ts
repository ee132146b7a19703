import { openRequest } from '../../requests/open-request.ts'
import { type GateRig, item } from '../../testing/gate-rig.ts'
import type { TestDatabase } from '../../testing/test-database.ts'

/** A person whose erase has just begun, and what looks for them. */
export type ErasedPerson = {
  readonly workspaceId: string
  readonly requestId: string
  readonly taskId: string
  readonly root: string
  readonly fragments: readonly string[]
  readonly keyIds: readonly string[]
}

type Erasing = {
  readonly userId: string
  readonly events?: number
  /** How long it can still be reversed, by the database's clock; 0: the window has ended. */
  readonly windowSeconds?: number
}

/** Sends events of a user with a second device and an order, and has them erased. */
export async function erasedPerson(
  db: Pick<TestDatabase, 'pool'>,
  rig: GateRig,
  erasing: Erasing,
): Promise<ErasedPerson> {
  const { userId, events = 3, windowSeconds = 0 } = erasing
  const identify = { type: 'identify', name: null, traits: { plan: 'gold' } } as const
  const purchase = { kind: 'order', orderId: 'o-1' } as const
  const order = { name: 'Order Completed', revenue: '12.50', currency: 'EUR', purchase } as const
  await rig.send([item({ userId, anonymousId: `${userId}-phone` }, identify)], rig.server)
  await rig.send(
    Array.from({ length: events }, () => item({ userId })),
    rig.server,
  )
  await rig.send([item({ userId }, order)], rig.server)
  const { request } = await openRequest(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    request: { type: 'erase', subject: { identifiers: [{ kind: 'userId', value: userId }] }, scope: {} },
  })
  const { rows } = await db.pool.query<ErasedPerson>(
    `update task set recoverable_until = ends, due_at = ends
     from (select clock_timestamp() + make_interval(secs => $2) as ends) at
     where request_id = $1
     returning workspace_id as "workspaceId", request_id as "requestId", task_id as "taskId", subject_id as root, fragments,
               key_ids as "keyIds"`,
    [request.requestId, windowSeconds],
  )
  const [person] = rows
  if (person === undefined || rows.length !== 1) throw new Error('the erase has not made one task')
  return person
}
