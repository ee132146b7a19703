import { expect, test, vi } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { type Claims, claimTasks } from './claim-tasks.ts'
import { addTasks } from './testing/task-rows.ts'

const db = await testDatabase()

/** Due since so many seconds; below 0: not yet. */
const due = (...seconds: number[]) =>
  addTasks(
    db.pool,
    seconds.map((dueSinceSeconds) => ({ dueSinceSeconds })),
  )

const worker = (name: string, claimSeconds = 60): Claims =>
  claimTasks({
    pool: db.pool,
    worker: name,
    states: ['window'],
    claimSeconds,
    afterFailure: { firstSeconds: 100, longestSeconds: 250 },
  })
const idsOf = async (claims: Claims, limit = 10) => (await claims.take(limit)).map(({ taskId }) => taskId)
const refOf = (found: { workspace_id: string; task_id: string }) => ({
  workspaceId: found.workspace_id,
  taskId: found.task_id,
})
const row = async (taskId: string) =>
  (await db.pool.query('select * from task where task_id = $1', [taskId])).rows[0]

test('takes what is due, longest waiting first, so many at a time, and none of it twice', async () => {
  const [newest, oldest, , middle] = await due(10, 1_000, -60, 100)
  expect((await idsOf(worker('a'), 2)).toSorted()).toEqual([oldest!, middle!].toSorted())
  expect(await idsOf(worker('b'))).toEqual([newest])
  expect(await idsOf(worker('a'))).toEqual([])
})

test('many workers at once share the tasks between them', async () => {
  const ids = await due(...Array.from({ length: 40 }, (_, at) => at + 1))
  const taken = await Promise.all(Array.from({ length: 8 }, (_, at) => idsOf(worker(`w${at}`), 7)))
  const rest = await idsOf(worker('last'), 100)
  expect([...taken.flat(), ...rest].toSorted()).toEqual(ids.toSorted())
})

test('only the clock of the database says what is due, whatever this machine believes', async () => {
  const [now] = await due(1, -3_600)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 })
  expect(await idsOf(worker('fast'))).toEqual([now])
  vi.setSystemTime(0)
  const [, later] = await due(-3_600, 5)
  expect(await idsOf(worker('slow'))).toEqual([later])
  vi.useRealTimers()
})

test('what a dead worker held comes free when its claim runs out, and the dead one cannot go on with it', async () => {
  const [id] = await due(1)
  const [dead, next] = [worker('dead', 0), worker('next')]
  const ref = await row(id!).then(refOf)
  expect(await idsOf(dead)).toEqual([id])
  expect(await idsOf(next)).toEqual([id])
  const work = vi.fn(async () => 'done')
  expect(await dead.step(ref, work)).toBeNull()
  await dead.release(ref)
  await dead.postpone(ref)
  expect(work).not.toHaveBeenCalled()
  expect(await row(id!)).toMatchObject({ claimed_by: 'next', attempts: 0 })
  expect(await next.step(ref, work)).toBe('done')
})

test('a step that takes longer than the claim keeps the task: its row is locked', async () => {
  const [id] = await due(1)
  const [slow, other] = [worker('slow', 0), worker('other')]
  await slow.take(1)
  const during = await slow.step(await row(id!).then(refOf), () => other.take(1))
  expect(during).toEqual([])
})

test('every step begins the claim anew', async () => {
  const [id] = await due(1)
  const claims = worker('a')
  await claims.take(1)
  await db.pool.query("update task set claimed_until = claimed_until - interval '59 seconds'")
  const before = await row(id!)
  await claims.step(await row(id!).then(refOf), async () => 'done')
  const after = await row(id!)
  expect(after.claimed_until - before.claimed_until).toBeGreaterThan(50_000)
})

test('a failure puts a task off for a pause that doubles, and gives it back', async () => {
  const [id] = await due(1)
  const ref = await row(id!).then(refOf)
  const pauses: number[] = []
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await db.pool.query('update task set due_at = clock_timestamp()')
    await worker('a').take(1)
    await worker('a').postpone(ref)
    const { rows } = await db.pool.query(
      'select round(extract(epoch from due_at - clock_timestamp()))::int as pause, attempts, claimed_by from task',
    )
    expect(rows[0]).toMatchObject({ attempts: attempt + 1, claimed_by: null })
    pauses.push(rows[0].pause)
  }
  expect(pauses).toEqual([100, 200, 250])
})
