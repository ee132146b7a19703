import { afterAll, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { turnMessageTables } from './turn-message-tables.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const dayPasses = () => db.pool.query("update message_turn set turned_at = turned_at - interval '25 hours'")

test('does not turn before a day has passed', async () => {
  expect(await turnMessageTables(db.gatePool)).toBe(false)
})

test('still knows a message after one turn and forgets it after the second', async () => {
  const sent = item({ userId: 'u1' })
  const kind = async () => (await rig.send([sent]))[0]?.kind
  expect(await kind()).toBe('stored')
  await dayPasses()
  expect(await turnMessageTables(db.gatePool)).toBe(true)
  expect(await kind()).toBe('duplicate')
  await dayPasses()
  await turnMessageTables(db.gatePool)
  expect(await kind()).toBe('stored')
})

test('turns once when two nodes try at the same time, and stores nothing twice meanwhile', async () => {
  await dayPasses()
  const sent = Array.from({ length: 40 }, (_, at) => item({ userId: `u${at}` }))
  const both = [
    rig.send(sent),
    turnMessageTables(db.gatePool),
    turnMessageTables(db.gatePool),
    rig.send(sent),
  ] as const
  const [, one, other] = await Promise.all(both)
  expect([one, other].toSorted()).toEqual([false, true])
  expect(await db.pool.query('select from event')).toHaveProperty('rowCount', 40)
})
