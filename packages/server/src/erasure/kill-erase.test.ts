import { afterAll, beforeEach, expect, test } from 'vitest'
import type { JournalEntry } from '../journal/journal-entry.ts'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { cutPool } from './testing/cut-pool.ts'
import { type EraseRunner, eraseRunner } from './testing/erase-runner.ts'
import { type ErasedPerson, erasedPerson } from './testing/erased-person.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

async function journalled(): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const { entry } of rig.journal.readAfter(0)) entries.push(entry)
  return entries
}

/** Everything of this person has come to its end, once. */
async function expectErased(person: ErasedPerson): Promise<void> {
  const { rows } = await db.pool.query('select * from task where task_id = $1', [person.taskId])
  const counts = { event: 5, purchase: 1, profile: 1 }
  expect(rows[0]).toMatchObject({
    state: 'done',
    outcome: 'confirmed',
    survivors: 0,
    planned: counts,
    done: counts,
  })
  const left = await db.pool.query('select from event where subject_id = any($1::uuid[])', [person.fragments])
  expect(left.rowCount).toBe(0)
  const destroyed = (await journalled()).filter(
    (entry) => entry.kind === 'key-destroyed' && entry.requestId === person.requestId,
  )
  expect(destroyed.length).toBeGreaterThan(0)
  for (const entry of destroyed) expect(entry).toMatchObject({ keyIds: person.keyIds })
}

test('killed before any statement, a second worker finishes, and every row counts once', async () => {
  let people = 0
  for (let isOver = false; !isOver; ) {
    people += 1
    const person = await erasedPerson(db, rig, { userId: `u${people}` })
    const killed = cutPool(db.url, { at: people, when: 'before' })
    const first = eraseRunner(killed.pool, rig, { worker: 'killed', batch: 4, claimSeconds: 0 })
    await first.run().catch(() => undefined)
    await killed.close()
    isOver = !killed.isDead()
    const second = eraseRunner(db.pool, rig, { worker: 'second', batch: 2 })
    // What the killed one held is locked until the server has noticed.
    await expect.poll(() => runAll([second]), PATIENCE).toBe(people)
    await expectErased(person)
  }
  expect(people).toBeGreaterThan(50)
  const { rows } = await db.pool.query('select report, step, persons::int from report_cell order by 1, 2')
  expect(rows).toEqual([
    { report: 'funnel', step: 'identify', persons: people },
    { report: 'funnel', step: 'track:Clicked', persons: people },
    { report: 'funnel', step: 'track:Order Completed', persons: people },
    { report: 'lifecycle', step: 'customer', persons: people },
  ])
}, 120_000)

const PATIENCE = { timeout: 20_000, interval: 20 }
const runAll = (workers: readonly EraseRunner[]) =>
  Promise.all(workers.map(({ run }) => run())).then(doneTasks)
const doneTasks = async () => (await db.pool.query("select from task where state = 'done'")).rowCount

test('two workers at once on many people count every row once', async () => {
  const people: ErasedPerson[] = []
  for (let at = 1; at <= 12; at += 1) people.push(await erasedPerson(db, rig, { userId: `u${at}` }))
  const workers = ['a', 'b', 'c'].map((worker) => eraseRunner(db.pool, rig, { worker, batch: 2 }))
  await expect.poll(() => runAll(workers), PATIENCE).toBe(people.length)
  for (const person of people) await expectErased(person)
  expect(workers.flatMap(({ errors }) => errors)).toEqual([])
  expect(workers.flatMap(({ receipted }) => receipted).toSorted()).toEqual(
    people.map(({ requestId }) => requestId).toSorted(),
  )
})

test('a worker that was taken for dead goes on beside the one that took over, and nothing counts twice', async () => {
  const person = await erasedPerson(db, rig, { userId: 'u1' })
  const workers = ['a', 'b', 'c'].map((worker) =>
    eraseRunner(db.pool, rig, { worker, batch: 1, claimSeconds: 0 }),
  )
  await expect.poll(() => runAll(workers), PATIENCE).toBe(1)
  await expectErased(person)
})
