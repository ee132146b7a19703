import { afterAll, beforeEach, expect, test } from 'vitest'
import { linkPeople } from '../identity/link-people.ts'
import { unlinkPeople } from '../identity/unlink-people.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { RequestRow } from './requests.store.ts'
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

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)
const count = async (table: string, where = 'true') =>
  (await db.pool.query(`select from ${table} where ${where}`)).rowCount
const roots = async () =>
  (await db.pool.query('select distinct subject_root(workspace_id, subject_id) as root from identifier')).rows
const call = () => ({ workspaceId: rig.workspaceId, actor: 'token:test' })
const sleepingWindow = "update task set recoverable_until = clock_timestamp() + interval '1 hour'"
const endedWindow = "update task set recoverable_until = clock_timestamp() - interval '1 second'"

async function openEvents(): Promise<number> {
  const { rows } = await db.pool.query('select e.key_id from event e where e.key_id is not null')
  const open = await rig.keyStore.open(
    rig.workspaceId,
    rows.map(({ key_id }) => key_id),
  )
  return rows.filter(({ key_id }) => open.has(key_id)).length
}

test('lifts what this erase suppressed and nothing else', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  await rig.send([optOut({ userId: 'u1' })])
  const request = await world.erase('userId', 'u1')
  await world.reverse(request)
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' })])).toEqual([
    'suppressed',
    'suppressed',
  ])
  await world.open('unsuppress', [{ kind: 'userId', value: 'u1' }])
  expect(await kinds([item({ userId: 'u1' })])).toEqual(['stored'])
})

test('keeps the person suppressed when it is asked to, with everything there again', async () => {
  await rig.send([item({ userId: 'u1' })])
  await world.reverse(await world.erase('userId', 'u1'), true)
  expect(await openEvents()).toBe(1)
  expect(await kinds([item({ userId: 'u1' })])).toEqual(['suppressed'])
})

test('says the same when it is said twice, and changes nothing more', async () => {
  await rig.send([item({ userId: 'u1' })])
  const request = await world.erase('userId', 'u1')
  const first = await world.reverse(request)
  const facts = await count('outbox')
  expect(await world.reverse(request)).toEqual(first)
  expect(await count('outbox')).toBe(facts)
  const [task] = await tasksOf(db.pool, rig.workspaceId).ofRequest(request.requestId)
  expect(task).toMatchObject({ state: 'cancelled', outcome: 'cancelled', dueAt: null })
})

test('erases again after a reverse, and reverses that', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  for (let round = 0; round < 3; round += 1) {
    const request = await world.erase('userId', 'u1')
    expect(await openEvents()).toBe(0)
    await world.reverse(request)
    expect(await openEvents()).toBe(1)
  }
  expect([await count('identifier'), await count('escrowed_key'), await count('request_address')]).toEqual([
    2, 0, 0,
  ])
})

test('is refused when its time is over, whether the keys are gone already or not', async () => {
  await rig.send([item({ userId: 'u1' })])
  const request = await world.erase('userId', 'u1')
  await db.pool.query(endedWindow)
  const late = { code: 'conflict', hint: expect.stringContaining('The time to reverse this erase is over') }
  await expect(world.reverse(request)).rejects.toMatchObject(late)
  await db.pool.query('delete from escrowed_key')
  await db.pool.query("update task set state = 'counting'")
  await expect(world.reverse(request)).rejects.toMatchObject(late)
  expect(await openEvents()).toBe(0)
})

test('waits for the end of the window that has begun, and finds that it came second', async () => {
  await rig.send([item({ userId: 'u1' })])
  const request = await world.erase('userId', 'u1')
  const ending = await db.pool.connect()
  await ending.query('begin')
  await ending.query('select from escrowed_key for update')
  const refused = expect(world.reverse(request)).rejects.toMatchObject({ code: 'conflict' })
  await expect
    .poll(
      async () =>
        (await db.pool.query("select from pg_locks where not granted and locktype = 'transactionid'"))
          .rowCount,
    )
    .toBe(1)
  await ending.query('delete from escrowed_key')
  await ending.query("update task set state = 'counting', due_at = now()")
  await ending.query('commit')
  ending.release()
  await refused
  expect([await openEvents(), await count('subject', 'data_deleted_at is null')]).toEqual([0, 0])
})

test('follows the clock of the database back, and is possible again', async () => {
  await rig.send([item({ userId: 'u1' })])
  const request = await world.erase('userId', 'u1')
  await db.pool.query(endedWindow)
  await expect(world.reverse(request)).rejects.toMatchObject({ code: 'conflict' })
  await db.pool.query(sleepingWindow)
  expect((await world.reverse(request)).status).toBe('cancelled')
  expect(await openEvents()).toBe(1)
})

test('joins whoever has claimed an identifier meanwhile by one row, and undoing it parts them again', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  const request = await world.erase('userId', 'u1', { suppress: false })
  await rig.send([item({ userId: 'u1', anonymousId: 'a2' })])
  await rig.send([item({ anonymousId: 'a2' })])
  expect((await roots()).length).toBe(1)
  await world.reverse(request)
  expect([(await roots()).length, await count('subject_alias'), await openEvents()]).toEqual([1, 1, 3])
  expect(
    await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' }), item({ anonymousId: 'a2' })]),
  ).toEqual(['stored', 'stored', 'stored'])
  const { rows } = await db.pool.query('select link_id from subject_alias')
  await unlinkPeople(rig.requestParts, { ...call(), linkId: rows[0].link_id })
  expect((await roots()).length).toBe(2)
})

test('joins several who share what was one person, and carries a "no" of any of them to all', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1', email: 'ada@example.com' })])
  const request = await world.erase('userId', 'u1', { suppress: false })
  await rig.send([item({ userId: 'u1' }), item({ anonymousId: 'a1' }), item({ email: 'ada@example.com' })])
  await rig.send([optOut({ anonymousId: 'a1' })])
  expect((await roots()).length).toBe(3)
  await world.reverse(request)
  expect((await roots()).length).toBe(1)
  expect(await kinds([item({ userId: 'u1' }), item({ email: 'ada@example.com' })])).toEqual([
    'suppressed',
    'suppressed',
  ])
})

test('reverses with whom the operator has linked to the erased identifier in between', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
  const request = await world.erase('userId', 'u1')
  const identifiers = [
    { kind: 'userId', value: 'u1' },
    { kind: 'userId', value: 'u2' },
  ] as [{ kind: string; value: string }, { kind: string; value: string }]
  await linkPeople(rig.requestParts, { ...call(), idempotencyKey: null, link: { identifiers } })
  expect(await kinds([item({ userId: 'u2' })])).toEqual(['suppressed'])
  await world.reverse(request)
  expect([(await roots()).length, await openEvents()]).toEqual([1, 2])
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u2' })])).toEqual(['stored', 'stored'])
})

test('cannot bring back nobody, or what has not happened', async () => {
  const nobody = await world.erase('userId', 'u1')
  await expect(world.reverse(nobody)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('found nobody'),
  })
  const suppressed = await world.open('suppress', [{ kind: 'userId', value: 'u2' }])
  await expect(world.reverse(suppressed)).rejects.toMatchObject({ code: 'conflict' })
  await expect(world.reverse({ ...nobody, requestId: rig.newId() })).rejects.toMatchObject({
    code: 'not-found',
  })
})

test('many reverses and many erases at once leave one of both', async () => {
  await rig.send([item({ userId: 'u1' })])
  const request = await world.erase('userId', 'u1')
  const erases = () => Promise.all(Array.from({ length: 5 }, () => world.erase('userId', 'u1')))
  const reverses = () => Promise.allSettled(Array.from({ length: 5 }, () => world.reverse(request)))
  const [again] = await Promise.all([erases(), reverses(), erases()])
  const state = async () => [await openEvents(), await count('subject_key'), await count('escrowed_key')]
  expect([
    [1, 1, 0],
    [0, 0, 1],
  ]).toContainEqual(await state())
  for (const one of again) await world.reverse(one).catch(() => undefined)
  const { rows } = await db.pool.query<RequestRow>(
    `select request_id as "requestId" from request where status = 'waiting'`,
  )
  for (const one of rows) await world.reverse(one)
  expect(await state()).toEqual([1, 1, 0])
})

test('is never possible where the operator leaves no time for it', async () => {
  await rig.send([item({ userId: 'u1' })])
  const hasty = eraseWorld(() => ({ ...rig, requestParts: { ...rig.requestParts, reversalDays: 0 } }))
  const request = await hasty.erase('userId', 'u1')
  const [task] = await tasksOf(db.pool, rig.workspaceId).ofRequest(request.requestId)
  expect(task?.dueAt?.getTime()).toBeLessThanOrEqual(Date.now())
  await expect(hasty.reverse(request)).rejects.toMatchObject({ code: 'conflict' })
  expect(await openEvents()).toBe(0)
})
