import { publicId } from '@heed/core'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { eraseRunner } from '../erasure/testing/erase-runner.ts'
import { placeHold } from '../holds/place-hold.ts'
import { releaseHold } from '../holds/release-hold.ts'
import { linkPeople } from '../identity/link-people.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { type RequestRow, requestsIn } from './requests.store.ts'
import { tasksOf } from './tasks.store.ts'
import { eraseWorld } from './testing/erase-world.ts'

const db = await testDatabase()
let rig: GateRig
const world = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const user = (value: string) => ({ kind: 'userId', value })
const email = { kind: 'email', value: 'shared@example.com' }
const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)
const tasks = ({ requestId }: RequestRow) => tasksOf(db.pool, rig.workspaceId).ofRequest(requestId)
const keys = async () => (await db.pool.query('select from subject_key')).rowCount
const doubts = async () =>
  (
    await db.pool.query("select body->>'because' as because from outbox where kind = 'approval-needed'")
  ).rows.map(({ because }) => because)

/** Two users who gave one address: the first owns it, the other has mentioned it. */
async function shareAddress(): Promise<void> {
  await rig.send([item({ userId: 'u1', email: email.value })])
  await rig.send([item({ userId: 'u2', email: email.value })])
}

test('several people named: what was named is suppressed at once, and nobody is erased', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2'), user('u3')])
  expect(request.status).toBe('awaiting-approval')
  expect([await keys(), await doubts()]).toEqual([2, ['several-people']])
  expect(
    await kinds([
      item({ userId: 'u1' }),
      item({ userId: 'u2' }),
      item({ userId: 'u3' }),
      item({ anonymousId: 'a1' }),
    ]),
  ).toEqual(['suppressed', 'suppressed', 'suppressed', 'stored'])
})

test('approving erases them all, each with a task of their own, once', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2')])
  const approved = await world.approve(request)
  expect(approved.status).toBe('waiting')
  expect((await tasks(request)).map(({ state, outcome }) => [state, outcome])).toEqual([
    ['window', 'accepted'],
    ['window', 'accepted'],
  ])
  expect(await keys()).toBe(0)
  expect(await kinds([item({ anonymousId: 'a1' })])).toEqual(['suppressed'])
  expect(await world.approve(request)).toEqual(approved)
  expect((await world.reverse(request)).status).toBe('cancelled')
  expect(await keys()).toBe(2)
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u2' })])).toEqual(['stored', 'stored'])
})

test('approving some lets the others go, and lifts what was suppressed of them', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2')])
  const { rows } = await db.pool.query(`select subject_id as id from suppression_cause order by from_seq`)
  const [meant] = rows.map(({ id }) => publicId('sub', id))
  const stranger = publicId('sub', rig.newId())
  await expect(world.approve(request, [stranger])).rejects.toMatchObject({ code: 'invalid-body' })
  expect((await world.approve(request, [meant ?? ''])).status).toBe('waiting')
  expect((await tasks(request)).map(({ state }) => state).toSorted()).toEqual(['cancelled', 'window'])
  expect((await kinds([item({ userId: 'u1' }), item({ userId: 'u2' })])).toSorted()).toEqual([
    'stored',
    'suppressed',
  ])
})

test('cancelling lifts everything that the request suppressed, and says so when it comes too late', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2'), user('u3')])
  const cancelled = await world.cancel(request)
  expect(cancelled.status).toBe('cancelled')
  expect(await world.cancel(request)).toEqual(cancelled)
  await expect(world.approve(request)).rejects.toMatchObject({ code: 'conflict' })
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u2' }), item({ userId: 'u3' })])).toEqual([
    'stored',
    'stored',
    'stored',
  ])
  const other = await world.erase('userId', 'u1')
  await expect(world.cancel(other)).rejects.toMatchObject({ code: 'conflict' })
})

test('an address that several have given leads to all of them, unless a user id says who is meant', async () => {
  await shareAddress()
  const request = await world.open('erase', [email])
  expect([request.status, (await tasks(request)).length]).toEqual(['awaiting-approval', 2])
  await world.cancel(request)
  expect((await world.open('erase', [user('u2'), email])).status).toBe('waiting')
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u2' })])).toEqual(['stored', 'suppressed'])
})

test('nobody is erased whom the user id of the request contradicts, or who has only mentioned an address', async () => {
  await shareAddress()
  expect((await world.open('erase', [user('unknown'), email])).status).toBe('awaiting-approval')
  await world.erase('userId', 'u1')
  expect((await world.open('erase', [email])).status).toBe('awaiting-approval')
  expect(await doubts()).toEqual(['contradicted', 'mention-only'])
})

test('another user id that only a public key has tied to the person waits, one that a server has tied does not', async () => {
  const both = (one: string, other: string) =>
    item({ userId: one, alternativeId: other }, { linksUserIds: true })
  await rig.send([both('u1', 'u2')], rig.client)
  await rig.send([both('u3', 'u4')], rig.server)
  expect((await world.erase('userId', 'u1')).status).toBe('awaiting-approval')
  expect((await world.erase('userId', 'u3')).status).toBe('waiting')
  expect((await world.open('erase', [user('u1'), user('u2')])).status).toBe('waiting')
  expect(await doubts()).toEqual(['client-link'])
})

test('one that has been erased meanwhile by another request is found to be nobody', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2')])
  await world.erase('userId', 'u1')
  expect((await world.approve(request)).status).toBe('waiting')
  expect((await tasks(request)).map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'not-found'])
})

test('without suppressing, newer events of the approved people begin anew', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2')], { suppress: false })
  expect(await kinds([item({ userId: 'u1' })])).toEqual(['suppressed'])
  await world.approve(request)
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u2' })])).toEqual(['stored', 'stored'])
})

test('whoever was merged while it waited is erased as the person they are then', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const request = await world.open('erase', [user('u1'), user('u2')])
  await linkPeople(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    link: { identifiers: [user('u1'), user('u2')] },
  })
  expect((await world.approve(request)).status).toBe('waiting')
  expect(await keys()).toBe(0)
  await world.reverse(request)
  expect(await keys()).toBe(2)
})

test('an erase that waited for a hold asks again when a link has made more of the person meanwhile', async () => {
  await rig.send([item({ userId: 'u1' })])
  const { rows } = await db.pool.query('select subject_id as id from subject')
  await rig.send([item({ userId: 'u2' }), item({ anonymousId: 'a1' })])
  const call = { workspaceId: rig.workspaceId, actor: 'token:test', idempotencyKey: null }
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const hold = { reason: 'a dispute', until }
  const { holdId } = await placeHold(rig.requestParts, { ...call, subjectId: rows[0].id, hold })
  const request = await world.erase('userId', 'u1')
  const link = (one: string, other: typeof email) =>
    linkPeople(rig.requestParts, { ...call, link: { identifiers: [user(one), other] } })
  await link('u1', { kind: 'anonymousId', value: 'a1' })
  await link('u1', user('u2'))
  await releaseHold(rig.requestParts, { ...call, subjectId: rows[0].id, holdId })
  expect(await requestsIn(db.pool, rig.workspaceId).find(request.requestId)).toMatchObject({
    status: 'awaiting-approval',
  })
  expect(await keys()).toBe(3)
  expect((await world.approve(request)).status).toBe('waiting')
  expect(await keys()).toBe(0)
})

test('two people of one request come to their ends apart: one is scrubbed while the other can still be reversed', async () => {
  await rig.send([item({ userId: 'u1' })])
  const { rows } = await db.pool.query('select subject_id as id from subject')
  await rig.send([item({ userId: 'u2' })])
  const call = { workspaceId: rig.workspaceId, actor: 'token:test', idempotencyKey: null }
  const hold = { reason: 'a dispute', until: new Date(Date.now() + 86_400_000).toISOString() }
  const { holdId } = await placeHold(rig.requestParts, { ...call, subjectId: rows[0].id, hold })
  const request = await world.open('erase', [user('u1'), user('u2')])
  expect((await world.approve(request)).status).toBe('held')
  await releaseHold(rig.requestParts, { ...call, subjectId: rows[0].id, holdId })
  await db.pool.query(
    `update task set recoverable_until = now() - interval '1 second', due_at = now()
     where recoverable_until = (select min(recoverable_until) from task)`,
  )
  const runner = eraseRunner(db.pool, rig)
  await runner.run()
  const status = async () => (await requestsIn(db.pool, rig.workspaceId).find(request.requestId))?.status
  const states = async () => (await tasks(request)).map(({ state, outcome }) => [state, outcome]).toSorted()
  expect([runner.errors, await status(), await states()]).toEqual([
    [],
    'running',
    [
      ['done', 'confirmed'],
      ['window', 'accepted'],
    ],
  ])
  expect((await world.reverse(request)).status).toBe('settled')
  expect([await keys(), await states()]).toEqual([
    1,
    [
      ['cancelled', 'cancelled'],
      ['done', 'confirmed'],
    ],
  ])
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u2' })])).toEqual(['stored', 'suppressed'])
})
