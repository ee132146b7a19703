import { accessExport } from '@heed/protocol'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { PERSONAL_DATA } from '../store/personal-data.ts'
import { item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { HANDED_OUT } from './handed-out.ts'
import { exportRig } from './testing/export-rig.ts'

const db = await testDatabase()
let world: Awaited<ReturnType<typeof exportRig>>

beforeEach(async () => {
  await world?.rig.close()
  world = await exportRig(db)
})
afterAll(() => world?.rig.close())

const USER = { kind: 'userId', value: 'u1' }

test('every table that is registered as personal is in the export, or says why not', () => {
  const personal = Object.entries(PERSONAL_DATA).filter(([, { kind }]) => kind === 'personal')
  expect(Object.keys(HANDED_OUT).toSorted()).toEqual(personal.map(([table]) => table).toSorted())
  for (const handedOut of Object.values(HANDED_OUT))
    if ('leftOutBecause' in handedOut) expect(handedOut.leftOutBecause.length).toBeGreaterThan(10)
    else expect(Object.keys(accessExport.shape)).toContain(handedOut.in)
})

/** A row of the person in every table that is handed out. */
async function somebodyEverywhere(): Promise<void> {
  const { rig } = world
  const ids = { userId: 'u1', email: 'ada@example.com' }
  await rig.send([item(ids, { type: 'identify', name: null, traits: { name: 'Ada' } })], rig.server)
  await rig.send(
    [item({ userId: 'u1' }, { revenue: '5', currency: 'EUR', purchase: { kind: 'order', orderId: 'o-1' } })],
    rig.server,
  )
  await rig.send([item({ anonymousId: 'a1' })], rig.server)
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })], rig.server)
  await rig.send([item({ userId: 'u2', email: 'bob@example.com' })], rig.server)
  await rig.send([item({ userId: 'u1', email: 'bob@example.com' })], rig.server)
  await rig.send([optOut({ userId: 'u1' })], rig.client)
  await rig.send([item({ userId: 'u1' })], rig.server)
  await world.ask([USER])
  await world.make()
  await db.pool.query(
    `insert into hold (workspace_id, hold_id, subject_id, key_id, until_at, created_at, created_by)
     select workspace_id, gen_random_uuid(), subject_id, key_id, now() + interval '1 day', now(), 'token:test' from subject_key`,
  )
  await db.pool.query(
    `insert into restriction (workspace_id, subject_id, request_id, since, until_at)
     select s.workspace_id, s.subject_id, r.request_id, now(), now() from subject s, request r`,
  )
}

test('what a table holds of a person is really handed out', async () => {
  await somebodyEverywhere()
  const data = accessExport.parse(await world.dataOf(USER))
  expect(data.exports).toHaveLength(1)
  expect(data.refused).toBe(1)
  expect(data.events.length).toBeGreaterThanOrEqual(4)
  expect(data.holds.length).toBeGreaterThanOrEqual(1)
  expect(data.identifiers.map(({ value }) => value).toSorted()).toEqual(['a1', 'ada@example.com', 'u1'])
  expect(data.mentions).toBe(1)
  expect(data.profile.traits).toEqual({ name: 'Ada' })
  expect(data.purchases).toMatchObject([{ orderId: 'o-1' }])
  expect(data.requests).toMatchObject([
    { type: 'access', outcomes: [] },
    { type: 'access', outcomes: ['confirmed'] },
  ])
  expect(data.restrictions.length).toBeGreaterThanOrEqual(1)
  expect(data.subject.parts.length).toBe(2)
  expect(data.subject.links).toMatchObject([{ provenance: 'server' }])
  expect(data.standing).toMatchObject({ suppressed: true, causes: [{ kind: 'opt-out-event' }] })
})

test('nothing of anybody else is handed out', async () => {
  await somebodyEverywhere()
  const data = JSON.stringify(await world.dataOf({ kind: 'userId', value: 'u2' }))
  expect(data).not.toContain('ada@example.com')
  expect(data).not.toContain('"u1"')
})
