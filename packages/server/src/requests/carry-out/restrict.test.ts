import { afterAll, beforeEach, expect, test } from 'vitest'
import { linkPeople } from '../../identity/link-people.ts'
import { unlinkPeople } from '../../identity/unlink-people.ts'
import { restrictionsIn } from '../../restrictions/restrictions.store.ts'
import { type GateRig, gateRig, item } from '../../testing/gate-rig.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { eraseWorld } from '../testing/erase-world.ts'

const db = await testDatabase()
let rig: GateRig
const { open, cancel } = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const ADA = { kind: 'userId', value: 'ada' }
const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)
const restricted = async () => {
  const { rows } = await db.pool.query<{ id: string }>('select subject_id as id from subject')
  return restrictionsIn(db.pool, rig.workspaceId).among(rows.map(({ id }) => id))
}

test('collects nothing of the person, under any identifier, and keeps what is there', async () => {
  await rig.send([item({ userId: 'ada', anonymousId: 'a1', email: 'ada@example.com' })])
  const request = await open('restrict', [{ kind: 'email', value: 'ada@example.com' }])
  expect(request).toMatchObject({ type: 'restrict', status: 'running', settledAt: null })
  expect(
    await kinds([item({ userId: 'ada' }), item({ anonymousId: 'a1' }), item({ userId: 'bob' })]),
  ).toEqual(['suppressed', 'suppressed', 'stored'])
  expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 2)
  expect((await restricted()).size).toBe(1)
})

test('begins anew for the person when the request is cancelled, and not before', async () => {
  await rig.send([item({ userId: 'ada' })])
  const request = await open('restrict', [ADA])
  expect(await cancel(request)).toMatchObject({ status: 'cancelled' })
  expect(await kinds([item({ userId: 'ada' })])).toEqual(['stored'])
  expect((await restricted()).size).toBe(0)
})

test('leaves another "no" of the person, and another restriction, when it is cancelled', async () => {
  await rig.send([item({ userId: 'ada' })])
  await open('suppress', [ADA])
  const [one, other] = [await open('restrict', [ADA]), await open('restrict', [ADA])]
  await cancel(one)
  expect((await restricted()).size).toBe(1)
  await cancel(other)
  expect((await restricted()).size).toBe(0)
  expect(await kinds([item({ userId: 'ada' })])).toEqual(['suppressed'])
})

test('is not lifted by an unsuppress, which says what would', async () => {
  await rig.send([item({ userId: 'ada' })])
  const request = await open('restrict', [ADA])
  await open('suppress', [ADA])
  await open('unsuppress', [ADA])
  expect(await kinds([item({ userId: 'ada' })])).toEqual(['suppressed'])
  await expect(open('unsuppress', [ADA])).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining(`req_${request.requestId}/cancel`),
  })
  expect((await restricted()).size).toBe(1)
})

test('covers an identifier that joins the person later', async () => {
  await rig.send([item({ anonymousId: 'a1' })])
  await rig.send([item({ userId: 'ada' })])
  await open('restrict', [ADA])
  expect(await kinds([item({ userId: 'ada', anonymousId: 'a1' })])).toEqual(['suppressed'])
  expect(await kinds([item({ anonymousId: 'a1' })])).toEqual(['suppressed'])
})

test('leaves every part of the person restricted when a merge is undone', async () => {
  const link = { identifiers: [ADA, { kind: 'userId', value: 'a.lovelace' }] as [typeof ADA, typeof ADA] }
  const call = { workspaceId: rig.workspaceId, actor: 'token:test' }
  const { linkId } = await linkPeople(rig.requestParts, { ...call, idempotencyKey: null, link })
  await open('restrict', [ADA])
  await unlinkPeople(rig, { ...call, linkId: linkId ?? '' })
  expect((await restricted()).size).toBe(2)
})

test('keeps somebody away whom nobody knows yet, and says that nobody was found', async () => {
  const request = await open('restrict', [ADA])
  expect(await kinds([item({ userId: 'ada' })])).toEqual(['suppressed'])
  const tasks = await db.pool.query('select type, state, outcome, subject_id from task')
  expect(tasks.rows).toEqual([{ type: 'restrict', state: 'done', outcome: 'not-found', subject_id: null }])
  await cancel(request)
  expect(await kinds([item({ userId: 'ada' })])).toEqual(['stored'])
})

test('has an outcome for everybody who was named', async () => {
  await rig.send([item({ userId: 'ada' }), item({ userId: 'bob' })])
  await open('restrict', [ADA, { kind: 'userId', value: 'bob' }])
  const tasks = await db.pool.query('select type, state, outcome, done from task')
  const task = { type: 'restrict', state: 'done', outcome: 'confirmed', done: { subject: 1 } }
  expect(tasks.rows).toEqual([task, task])
  expect((await restricted()).size).toBe(2)
})

test('takes no sources: a person is restricted or not', async () => {
  const scope = { sources: [`src_${rig.client.sourceId}`] }
  await expect(open('restrict', [ADA], { scope })).rejects.toMatchObject({ code: 'invalid-body' })
})
