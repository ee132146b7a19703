import { afterAll, beforeEach, expect, test } from 'vitest'
import { type CutPool, cutPool } from '../erasure/testing/cut-pool.ts'
import { exclusiveLane } from '../gate/exclusive-lane.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { RequestParts } from './opening.ts'
import { type EraseWorld, eraseWorld } from './testing/erase-world.ts'

const db = await testDatabase()
let rig: GateRig
const world = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const PATIENCE = { timeout: 10_000, interval: 20 }

type Cut = Parameters<typeof cutPool>[1]

/** What a process does that is killed at this statement of its lane; answers whether it came to be killed. */
async function killed(cut: Cut, work: (world: EraseWorld) => Promise<unknown>): Promise<boolean> {
  const dying: CutPool = cutPool(db.url, cut)
  const lane = exclusiveLane({ ...rig, pool: dying.pool, nodeId: 'killed', now: () => new Date() })
  const requestParts: RequestParts = { ...rig.requestParts, lane }
  await work(eraseWorld(() => ({ ...rig, requestParts }))).catch(() => undefined)
  await dying.close()
  return dying.isDead()
}

async function stateOf(userId: string) {
  const digest = (await rig.rings(rig.workspaceId)).digest({ kind: 'userId', value: userId })
  const { rows } = await db.pool.query(
    `select (select count(*)::int from identifier where digest = $1) as identifiers,
            (select count(*)::int from suppression where digest = $1 and until_seq is null) as suppressed,
            (select count(*)::int from subject_key where subject_id = any(t.fragments)) as keys,
            (select count(*)::int from escrowed_key where subject_id = any(t.fragments)) as escrowed,
            (select count(*)::int from subject where subject_id = any(t.fragments) and data_deleted_at is not null) as erased,
            t.state, r.status
     from task t join request r using (workspace_id, request_id) join request_digest d using (workspace_id, request_id)
     where d.digest = $1`,
    [digest],
  )
  return rows
}

const ERASED = {
  identifiers: 0,
  suppressed: 1,
  keys: 0,
  escrowed: 1,
  erased: 1,
  state: 'window',
  status: 'waiting',
}
const BACK = {
  identifiers: 1,
  suppressed: 0,
  keys: 1,
  escrowed: 0,
  erased: 0,
  state: 'cancelled',
  status: 'cancelled',
}

test.each(['before', 'after'] as const)(
  'killed %s any statement of an erase and of its reverse, the same calls again leave one of each',
  async (when) => {
    let at = 0
    for (let wasKilled = true; wasKilled; ) {
      at += 1
      const userId = `u${at}`
      await rig.send([item({ userId })])
      const open = (by: EraseWorld) => by.erase('userId', userId, { idempotencyKey: `${when}-${at}` })
      wasKilled = await killed({ at, when }, open)
      // What the killed one held is locked until the server has noticed.
      await expect.poll(() => open(world).then(({ status }) => status, String), PATIENCE).toBe('waiting')
      expect(await stateOf(userId)).toEqual([ERASED])
      const request = await open(world)
      const isReverseKilled = await killed({ at, when }, (by) => by.reverse(request))
      wasKilled ||= isReverseKilled
      await expect
        .poll(() => world.reverse(request).then(({ status }) => status, String), PATIENCE)
        .toBe('cancelled')
      expect(await stateOf(userId)).toEqual([BACK])
      expect((await rig.send([item({ userId })])).map(({ kind }) => kind)).toEqual(['stored'])
    }
    expect(at).toBeGreaterThan(20)
  },
  120_000,
)
