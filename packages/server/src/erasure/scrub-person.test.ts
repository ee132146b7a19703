import { afterAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../store/transaction.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { erasedRowsIn } from './erased-rows.store.ts'
import { eraseRunner } from './testing/erase-runner.ts'
import { erasedPerson } from './testing/erased-person.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const one = async (query: string, values: readonly unknown[] = []) =>
  (await db.pool.query(query, [...values])).rows[0]
const taskOf = (taskId: string) => one('select * from task where task_id = $1', [taskId])

test('destroys the keys, counts the share, scrubs, looks again and settles the request', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1', events: 7 })
  const node = eraseRunner(db.pool, rig)
  expect(await node.run()).toBe(1)
  expect(node.errors).toEqual([])
  const task = await taskOf(person.taskId)
  expect(task).toMatchObject({
    state: 'done',
    outcome: 'confirmed',
    survivors: 0,
    claimed_by: null,
    due_at: null,
    planned: { event: 9, purchase: 1, profile: 1 },
    done: { event: 9, purchase: 1, profile: 1 },
  })
  expect(task.keys_destroyed_at).toBeInstanceOf(Date)
  expect(await one('select status, settled_at is not null as settled from request')).toEqual({
    status: 'settled',
    settled: true,
  })
  expect(await one('select count(*)::int as keys from escrowed_key')).toEqual({ keys: 0 })
  expect(await one('select removed_at is not null as removed, cleaned_at from key_removal')).toEqual({
    removed: true,
    cleaned_at: null,
  })
  expect(
    await one(
      'select counted_at is not null as counted, lifetime_revenue, lifecycle from subject where subject_id = $1',
      [person.root],
    ),
  ).toEqual({ counted: true, lifetime_revenue: { EUR: '12.50' }, lifecycle: 'customer' })
  expect(node.receipted).toEqual([person.requestId])
  expect(await node.run()).toBe(0)
})

test('leaves of events and purchases what names nobody, and everything of everybody else', async () => {
  await rig.send(
    [item({ userId: 'other' }, { traits: { plan: 'free' }, type: 'identify', name: null })],
    rig.server,
  )
  const others = "select * from event where name is null and type = 'identify' and subject_id is not null"
  const before = await db.pool.query(others)
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  await eraseRunner(db.pool, rig, { batch: 2 }).run()
  const { rows } = await db.pool.query('select * from event where id <> $1 order by seq', [before.rows[0].id])
  expect(rows).toHaveLength(5)
  expect(rows.map(({ subject_id, key_id, sealed }) => [subject_id, key_id, sealed])).toEqual(
    rows.map(() => [null, null, null]),
  )
  expect(rows.at(-1)).toMatchObject({
    name: 'Order Completed',
    type: 'track',
    revenue: '12.50',
    currency: 'EUR',
    event_at: expect.any(Date),
  })
  expect(await one('select subject_id, key_id, sealed, amount, currency, kind from purchase')).toEqual({
    subject_id: null,
    key_id: null,
    sealed: null,
    amount: '12.50',
    currency: 'EUR',
    kind: 'order',
  })
  expect((await db.pool.query('select * from event where id = $1', [before.rows[0].id])).rows).toEqual(
    before.rows,
  )
  expect(
    await one('select sealed is null as emptied from profile where subject_id <> all($1)', [
      person.fragments,
    ]),
  ).toEqual({ emptied: false })
})

test('a row that somebody else empties meanwhile is not counted as scrubbed', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1', events: 3 })
  const other = await db.pool.connect()
  await other.query('begin')
  await other.query(
    `update event set subject_id = null, key_id = null, sealed = null where name = 'Order Completed'`,
  )
  const scrubbing = inTransaction(db.pool, (client) => erasedRowsIn(client, person).scrub(5_000))
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await db.pool.query(waiting)).rowCount).toBe(1)
  await other.query('commit')
  other.release()
  expect(await scrubbing).toMatchObject({ event: 4, purchase: 1 })
})
