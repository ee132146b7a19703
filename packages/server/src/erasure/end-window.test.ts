import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { inTransaction } from '../store/transaction.ts'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { eraseRunner } from './testing/erase-runner.ts'
import { type ErasedPerson, erasedPerson } from './testing/erased-person.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterEach(() => void vi.useRealTimers())
afterAll(() => rig?.close())

const taskOf = async ({ taskId }: ErasedPerson) =>
  (await db.pool.query('select * from task where task_id = $1', [taskId])).rows[0]
const count = async (table: string) =>
  (await db.pool.query(`select count(*)::int as rows from ${table}`)).rows[0].rows

async function destroyed(): Promise<number> {
  let entries = 0
  for await (const { entry } of rig.journal.readAfter(0)) if (entry.kind === 'key-destroyed') entries += 1
  return entries
}

test('leaves a person alone who can still be brought back, though the task is due', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1', windowSeconds: 3_600 })
  await db.pool.query('update task set due_at = clock_timestamp()')
  expect(await eraseRunner(db.pool, rig).run()).toBe(1)
  const task = await taskOf(person)
  expect(task).toMatchObject({
    state: 'window',
    outcome: 'accepted',
    claimed_by: null,
    due_at: task.recoverable_until,
  })
  expect([await count('escrowed_key'), await destroyed()]).toEqual([1, 0])
  expect(await eraseRunner(db.pool, rig).run()).toBe(0)
})

test('whatever the clock of this machine says, the window ends by that of the database', async () => {
  const ahead = await erasedPerson(db, rig, { userId: 'u1', windowSeconds: 3_600 })
  await db.pool.query('update task set due_at = clock_timestamp()')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30 * 86_400_000 })
  await eraseRunner(db.pool, rig).run()
  expect(await taskOf(ahead)).toMatchObject({ state: 'window' })
  vi.useRealTimers()
  const behind = await erasedPerson(db, rig, { userId: 'u2' })
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  await eraseRunner(db.pool, rig).run()
  expect(await taskOf(behind)).toMatchObject({ state: 'done', outcome: 'confirmed' })
})

test('a reverse that comes first leaves nothing to destroy', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const reversing = await db.pool.connect()
  await reversing.query('begin')
  // Locks taken in another order than a reverse takes them would show here.
  await reversing.query("set local deadlock_timeout = '10ms'")
  await reversing.query('select from escrowed_key for update')
  const running = eraseRunner(db.pool, rig).run()
  await untilSomebodyWaits()
  await reversing.query('delete from escrowed_key')
  await reversing.query("update task set state = 'cancelled', outcome = 'cancelled', due_at = null")
  await reversing.query('commit')
  reversing.release()
  await running
  expect(await taskOf(person)).toMatchObject({ state: 'cancelled', outcome: 'cancelled', claimed_by: null })
  expect(await destroyed()).toBe(0)
})

test('a reverse that comes second finds no key', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const [, found] = await Promise.all([
    eraseRunner(db.pool, rig).run(),
    expect
      .poll(async () => (await taskOf(person)).keys_destroyed_at)
      .not.toBeNull()
      .then(() => inTransaction(db.pool, (client) => client.query('select from escrowed_key for update'))),
  ])
  expect(found.rowCount).toBe(0)
  expect(await destroyed()).toBe(1)
})

test('destroys nothing when the journal cannot be written, and tries again', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const full = { ...rig, journal: { ...rig.journal, append: () => Promise.reject(new Error('disk full')) } }
  const node = eraseRunner(db.pool, full, { pauseSeconds: 1 })
  await node.run()
  expect(node.errors).toHaveLength(1)
  expect(await count('escrowed_key')).toBe(1)
  expect(await taskOf(person)).toMatchObject({ state: 'window', attempts: 1, claimed_by: null })
  await db.pool.query('update task set due_at = clock_timestamp()')
  await eraseRunner(db.pool, rig).run()
  expect(await taskOf(person)).toMatchObject({ state: 'done', outcome: 'confirmed', attempts: 0 })
})

test('hands a held erase whose day has come to whoever resumes it', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  await db.pool.query("update task set state = 'held'")
  const node = eraseRunner(db.pool, rig)
  await node.run()
  expect(node.resumed).toEqual([person.taskId])
  expect(await taskOf(person)).toMatchObject({ state: 'held', claimed_by: null })
})

async function untilSomebodyWaits(): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%escrowed_key%'`
  await expect.poll(async () => (await db.pool.query(waiting)).rowCount).toBe(1)
}
