import { subjectsIn } from '../../identity/subjects.store.ts'
import { inTransaction } from '../../store/transaction.ts'
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

/** Sends events of a user with a second device and an order, and begins their erase. */
export async function erasedPerson(db: TestDatabase, rig: GateRig, erasing: Erasing): Promise<ErasedPerson> {
  const { userId, events = 3, windowSeconds = 0 } = erasing
  const traits = { plan: 'gold' }
  const identify = { type: 'identify', name: null, traits } as const
  await rig.send([item({ userId, anonymousId: `${userId}-phone` }, identify)], rig.server)
  await rig.send(
    Array.from({ length: events }, () => item({ userId })),
    rig.server,
  )
  const order = {
    name: 'Order Completed',
    revenue: '12.50',
    currency: 'EUR',
    purchase: { kind: 'order', orderId: 'o-1' },
  } as const
  await rig.send([item({ userId }, order)], rig.server)
  return beginErase(db, rig, { userId, windowSeconds })
}

async function beginErase(
  db: TestDatabase,
  rig: GateRig,
  { userId, windowSeconds }: Required<Omit<Erasing, 'events'>>,
): Promise<ErasedPerson> {
  const { workspaceId } = rig
  const ring = await rig.rings(workspaceId)
  const digest = ring.digest({ kind: 'userId', value: userId })
  const [requestId, taskId] = [rig.newId(), rig.newId()]
  return inTransaction(db.pool, async (client) => {
    const [owner] = (
      await client.query('select subject_id from identifier where workspace_id = $1 and digest = $2', [
        workspaceId,
        digest,
      ])
    ).rows
    const [root = ''] = await subjectsIn(client, workspaceId).rootsOf([owner.subject_id])
    const fragments = (
      await client.query('select array(select subject_fragments($1, $2)) as ids', [workspaceId, root])
    ).rows[0].ids
    await client.query(
      `insert into request (workspace_id, request_id, type, status, actor, identifier_count, created_at, due_at)
       values ($1, $2, 'erase', 'waiting', 'token:test', 1, clock_timestamp(), clock_timestamp() + interval '28 days')`,
      [workspaceId, requestId],
    )
    const moved = await client.query(
      `with moved as (delete from subject_key where workspace_id = $1 and subject_id = any($2::uuid[]) returning *)
       insert into escrowed_key select workspace_id, key_id, subject_id, $3, kek_version, wrapped, clock_timestamp(), created_at from moved
       returning key_id`,
      [workspaceId, fragments, requestId],
    )
    const keyIds = moved.rows.map(({ key_id }) => key_id)
    await client.query(
      'update subject set data_deleted_at = clock_timestamp() where workspace_id = $1 and subject_id = any($2::uuid[])',
      [workspaceId, fragments],
    )
    await client.query('delete from identifier where workspace_id = $1 and subject_id = any($2::uuid[])', [
      workspaceId,
      fragments,
    ])
    await client.query(
      `insert into task (workspace_id, task_id, request_id, destination, subject_id, type, state, outcome, fragments, key_ids,
                         recoverable_until, due_at, created_at)
       select $1, $2, $3, 'heed', $4, 'erase', 'window', 'accepted', $5, $6, ends, ends, clock_timestamp()
       from (select clock_timestamp() + make_interval(secs => $7) as ends) at`,
      [workspaceId, taskId, requestId, root, fragments, keyIds, windowSeconds],
    )
    return { workspaceId, requestId, taskId, root, fragments, keyIds }
  })
}
