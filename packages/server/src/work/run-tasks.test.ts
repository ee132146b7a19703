import { beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { claimTasks } from './claim-tasks.ts'
import { runTasks, type TaskSteps } from './run-tasks.ts'
import { addTasks } from './testing/task-rows.ts'

const db = await testDatabase()
let logged: object[] = []
beforeEach(() => {
  logged = []
})

function run(steps: TaskSteps, signal = new AbortController().signal): Promise<number> {
  const claims = claimTasks({ pool: db.pool, worker: 'node', states: ['window', 'held', 'scrubbing'] })
  return runTasks({ claims, steps, log: { error: (fields: object) => void logged.push(fields) }, signal })
}

const tasks = async (where: string) =>
  (await db.pool.query(`select task_id as id from task where ${where} order by due_at`)).rows.map(
    ({ id }) => id,
  )

test('goes from state to state until a step says that there is nothing more to do now', async () => {
  await addTasks(db.pool, [{ state: 'window' }])
  const seen: string[] = []
  const steps: TaskSteps = {
    window: async () => {
      seen.push('window')
      await db.pool.query('update task set due_at = null')
      return 'scrubbing'
    },
    scrubbing: async () => {
      seen.push('scrubbing')
      return null
    },
  }
  expect(await run(steps)).toBe(1)
  expect(seen).toEqual(['window', 'scrubbing'])
  expect(await tasks('claimed_by is not null')).toEqual([])
})

test('a task that fails is put off, said in the log without the task, and keeps nobody else waiting', async () => {
  const [bad, good] = await addTasks(db.pool, [
    { state: 'window', dueSinceSeconds: 9 },
    { state: 'held', dueSinceSeconds: 3 },
  ])
  const steps: TaskSteps = {
    window: () => Promise.reject(new Error('no')),
    held: async ({ taskId }) => {
      await db.pool.query('update task set due_at = null where task_id = $1', [taskId])
      return null
    },
  }
  await run(steps)
  expect(await tasks('attempts = 1 and due_at > now() and claimed_by is null')).toEqual([bad])
  expect(await tasks('due_at is null and claimed_by is null')).toEqual([good])
  expect(logged).toEqual([
    { job: 'tasks', step: 'window', workspaceId: expect.any(String), attempt: 0, err: expect.any(Error) },
  ])
})

test('a task with endless work gives way to others after its turn', async () => {
  await addTasks(db.pool, [
    { state: 'scrubbing', dueSinceSeconds: 9 },
    { state: 'held', dueSinceSeconds: 3 },
  ])
  const seen: string[] = []
  const steps: TaskSteps = {
    scrubbing: async () => {
      seen.push('endless')
      return 'scrubbing'
    },
    held: async () => {
      seen.push('short')
      return null
    },
  }
  await run(steps)
  expect(seen.indexOf('short')).toBe(100)
})

test('stops between two steps when it is told to, and gives back what it held', async () => {
  await addTasks(
    db.pool,
    Array.from({ length: 25 }, () => ({ state: 'scrubbing' as const })),
  )
  const stopping = new AbortController()
  let taken = 0
  const steps: TaskSteps = {
    scrubbing: async () => {
      taken += 1
      stopping.abort()
      return 'scrubbing'
    },
  }
  await run(steps, stopping.signal)
  expect(taken).toBe(1)
  expect(await tasks('claimed_by is not null')).toEqual([])
})
