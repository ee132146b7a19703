import { afterAll, beforeEach, expect, test } from 'vitest'
import { eraseRunner } from '../erasure/testing/erase-runner.ts'
import { eraseWorld } from '../requests/testing/erase-world.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { answerReports } from './answer-report.ts'
import { funnelReport } from './funnel-report.ts'
import { lifecycleReport } from './lifecycle-report.ts'
import { revenueReport } from './revenue-report.ts'
import { peopleWhoBuy } from './testing/people-who-buy.ts'

const db = await testDatabase()
const answer = answerReports({ pool: db.pool, now: () => new Date('2026-04-15T00:00:00Z') })
let rig: GateRig
const world = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

async function reports(): Promise<string> {
  const { workspaceId } = rig
  return JSON.stringify([
    await answer(revenueReport, workspaceId, {}),
    await answer(funnelReport, workspaceId, {}),
    await answer(lifecycleReport, workspaceId, {}),
  ])
}

const endWindows = () =>
  db.pool.query(`update task set recoverable_until = now(), due_at = now() where state = 'window'`)

const EVERYBODY = [
  ['anonymousId', 'a1'],
  ['anonymousId', 'a2'],
  ['email', 'ada@example.com'],
  ['email', 'bob@example.com'],
  ['userId', 'u2'],
  ['phone', '+4915112345678'],
  ['userId', 'u3'],
] as const

test('a request to erase changes no byte of a report: not at once, not reversed, not scrubbed', async () => {
  await peopleWhoBuy(rig)
  const before = await reports()
  const node = eraseRunner(db.pool, rig)
  for (const [kind, value] of EVERYBODY) {
    const request = await world.erase(kind, value)
    expect([value, await reports()]).toEqual([value, before])
    await world.reverse(request)
    expect([value, await reports()]).toEqual([value, before])
    await world.erase(kind, value)
    await endWindows()
    await node.run()
    expect([value, await reports()]).toEqual([value, before])
  }
  expect(node.errors).toEqual([])
  expect(await db.pool.query('select from event where subject_id is not null')).toHaveProperty('rowCount', 0)
  expect(await db.pool.query('select from purchase where subject_id is not null')).toHaveProperty(
    'rowCount',
    0,
  )
})

test('somebody who comes back after an erase that does not keep them away is a new person', async () => {
  await peopleWhoBuy(rig)
  const before = await reports()
  await world.erase('userId', 'u2', { suppress: false })
  const visit = item({ userId: 'u2' })
  expect(await rig.send([visit])).toMatchObject([{ kind: 'stored' }])
  await endWindows()
  await eraseRunner(db.pool, rig).run()
  expect(await reports()).toBe(before)
  const month = visit.eventAt.toISOString().slice(0, 7)
  const { data } = await answer(lifecycleReport, rig.workspaceId, { from: month, to: month })
  expect(data).toMatchObject([{ month, stage: 'known', persons: 1 }])
})

test('of an erased person the region stays that their traits named last, and a reverse forgets it', async () => {
  await rig.send([item({ userId: 'u1' }, { type: 'identify', traits: { address: { country: 'FR' } } })])
  const traits = { address: { country: 'US', state: 'CA', city: 'Fresno' } }
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' }, { type: 'identify', traits })])
  const regions = async () =>
    (await db.pool.query('select region from subject')).rows.map(({ region }) => region)
  const request = await world.erase('userId', 'u1')
  expect(await regions()).toEqual(['US-CA'])
  await world.reverse(request)
  expect(await regions()).toEqual([null])
  await world.erase('userId', 'u1')
  await endWindows()
  await eraseRunner(db.pool, rig).run()
  expect(await regions()).toEqual(['US-CA'])
})
