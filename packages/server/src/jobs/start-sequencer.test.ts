import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { databaseLogReader } from '../audit/database-log-reader.ts'
import { auditRig } from '../audit/testing/audit-rig.ts'
import { verifyLog } from '../audit/verify-log.ts'
import { testDatabase } from '../testing/test-database.ts'
import { type Sequencer, startSequencer } from './start-sequencer.ts'

const db = await testDatabase()
let rig = auditRig(db.pool)
let running: Sequencer[] = []
let errors: unknown[] = []

beforeEach(async () => {
  rig = auditRig(db.pool)
  errors = []
  await rig.addWorkspace()
})
afterEach(async () => {
  await Promise.all(running.map((sequencer) => sequencer.stop()))
  running = []
})

function start(pollMs: number): Sequencer {
  const log = { error: ({ err }: { err: unknown }) => errors.push(err) }
  const sequencer = startSequencer({ ...rig.sequencing, ...rig.signing, now: () => new Date(), log, pollMs })
  running.push(sequencer)
  return sequencer
}

const signedSize = () =>
  rig.log().then(
    ({ shownSize }) => shownSize,
    () => 0,
  )
const patience = { timeout: 5_000, interval: 20 }

test('finds facts by itself, numbers them all and signs', async () => {
  start(20)
  await rig.tellMany(2_500)
  await vi.waitFor(async () => expect(await signedSize()).toBe(2_500), patience)
  expect(errors).toEqual([])
})

test('does not wait for its next look when it is nudged', async () => {
  const sequencer = start(60_000)
  await rig.tellMany(1)
  sequencer.nudge()
  await vi.waitFor(async () => expect(await signedSize()).toBe(1), patience)
})

test('several at once make one log, and one that stops leaves it to the others', async () => {
  const [first] = [start(5), start(5), start(5)]
  for (let round = 0; round < 20; round += 1) {
    await rig.tellMany(20)
    if (round === 10) await first.stop()
  }
  await vi.waitFor(async () => expect(await signedSize()).toBe(400), patience)
  const reader = databaseLogReader(db.pool, await rig.log())
  const verdict = await verifyLog(reader, { keys: await rig.publicKeys(), previous: null })
  expect(verdict).toMatchObject({ kind: 'intact', size: 400 })
  expect(errors).toEqual([])
})

test('killed backends are reported, and the log comes out whole', async () => {
  start(5)
  for (let round = 0; round < 15; round += 1) {
    await rig.tellMany(50)
    await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
    )
  }
  await vi.waitFor(async () => expect(await signedSize()).toBe(750), patience)
  const reader = databaseLogReader(db.pool, await rig.log())
  const verdict = await verifyLog(reader, { keys: await rig.publicKeys(), previous: null })
  expect(verdict).toMatchObject({ kind: 'intact', size: 750 })
})
