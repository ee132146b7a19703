import { afterAll, beforeEach, expect, test } from 'vitest'
import { resumeHeldErase } from '../erasure/resume-held-erase.ts'
import type { RequestRow } from '../requests/requests.store.ts'
import { requestsIn } from '../requests/requests.store.ts'
import { eraseWorld } from '../requests/testing/erase-world.ts'
import { restrictionsIn } from '../restrictions/restrictions.store.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { placeHold } from './place-hold.ts'
import { releaseHold } from './release-hold.ts'

const db = await testDatabase()
let rig: GateRig
const { erase, reverse } = eraseWorld(() => rig)

const DAY_MS = 86_400_000
let ada = ''

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
  await rig.send([item({ userId: 'ada' })])
  const { rows } = await db.pool.query('select subject_id from subject')
  ada = rows[0].subject_id
})
afterAll(() => rig?.close())

const call = () => ({ workspaceId: rig.workspaceId, actor: 'token:test', subjectId: ada })

async function place(days = 30): Promise<string> {
  const hold = { reason: 'a dispute', until: new Date(Date.now() + days * DAY_MS).toISOString() }
  const parts = { ...rig.requestParts }
  return (await placeHold(parts, { ...call(), idempotencyKey: null, hold })).holdId
}

const release = (holdId: string) => releaseHold(rig.requestParts, { ...call(), holdId })
const statusOf = async ({ requestId }: RequestRow) =>
  (await requestsIn(db.pool, rig.workspaceId).find(requestId))?.status
const keys = async () => (await db.pool.query('select from subject_key')).rowCount
const isRestricted = async () => (await restrictionsIn(db.pool, rig.workspaceId).among([ada])).has(ada)

test('an erase of somebody held waits, with the person suppressed and restricted, and goes on at the release', async () => {
  const holdId = await place()
  const request = await erase('userId', 'ada')
  expect(request.status).toBe('held')
  expect(await rig.send([item({ userId: 'ada' })])).toEqual([{ kind: 'suppressed' }])
  expect([await keys(), await isRestricted()]).toEqual([1, true])
  await release(holdId)
  expect(await statusOf(request)).toBe('waiting')
  expect([await keys(), await isRestricted()]).toEqual([0, false])
})

test('an erase waits for the last of several holds', async () => {
  const [one, other] = [await place(1), await place(2)]
  const request = await erase('userId', 'ada')
  await release(other)
  expect(await statusOf(request)).toBe('held')
  const { rows } = await db.pool.query('select due_at from task')
  expect(rows[0].due_at.getTime()).toBeLessThan(Date.now() + 1.5 * DAY_MS)
  await release(one)
  expect(await statusOf(request)).toBe('waiting')
})

test('an erase goes on when the hold has ended on its day, and a hold that was placed meanwhile keeps it', async () => {
  await place(1)
  const request = await erase('userId', 'ada')
  const later = await place(2)
  const resume = async () => {
    const { rows } = await db.pool.query('select task_id from task')
    await rig.lane.run(rig.workspaceId, (tx) => resumeHeldErase(tx, rig.requestParts, rows[0].task_id))
  }
  await db.pool.query("update hold set until_at = now() - interval '1 second' where hold_id <> $1", [later])
  await resume()
  expect(await statusOf(request)).toBe('held')
  await db.pool.query("update hold set until_at = now() - interval '1 second'")
  await resume()
  expect(await statusOf(request)).toBe('waiting')
})

test('an erase of somebody whose hold has ended does not wait', async () => {
  const holdId = await place()
  await release(holdId)
  expect((await erase('userId', 'ada')).status).toBe('waiting')
})

test('a hold on somebody erased is refused, and says how to bring them back while that can be done', async () => {
  const request = await erase('userId', 'ada')
  await expect(place()).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining(`req_${request.requestId}/reverse`),
  })
  await reverse(request)
  expect(await place()).toEqual(expect.any(String))
})

test('a hold on somebody whose keys are destroyed says that nothing is left', async () => {
  await erase('userId', 'ada')
  await db.pool.query('delete from escrowed_key')
  await expect(place()).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('nothing is left'),
  })
})

test('a hold and an erase that are asked for at once agree on who was first', async () => {
  const [held, erased] = await Promise.allSettled([place(), erase('userId', 'ada')])
  const request = erased.status === 'fulfilled' ? erased.value : null
  const outcome = [held.status, request === null ? null : await statusOf(request)]
  expect([
    ['fulfilled', 'held'],
    ['rejected', 'waiting'],
  ]).toContainEqual(outcome)
})
