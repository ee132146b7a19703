import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { inTransaction } from '../store/transaction.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { countPerson } from './count-person.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const at = (day: string) => ({
  eventAt: new Date(`${day}T12:00:00Z`),
  clientAt: new Date(`${day}T12:00:00Z`),
})
const order = (revenue: string, currency: string | null = 'EUR') =>
  ({ name: 'Order Completed', revenue, currency, purchase: { kind: 'order', orderId: null } }) as const
const refund = (revenue: string) =>
  ({ ...order(revenue), name: 'Order Refunded', purchase: { kind: 'refund', orderId: null } }) as const

async function person() {
  const { rows } = await db.pool.query<{ root: string; fragments: string[] }>(
    `select root, array(select f from subject_fragments($1, root) as f) as fragments
     from (select distinct subject_root($1, subject_id) as root from subject) each`,
    [rig.workspaceId],
  )
  return rows[0]!
}

const count = async () => {
  const { root, fragments } = await person()
  return inTransaction(db.pool, (client) => countPerson(client, rig.workspaceId, { root, fragments }))
}

const cells = async () =>
  (
    await db.pool.query(
      `select concat_ws(' ', report, month, source_id = $1, campaign, step, persons) as line from report_cell order by line`,
      [rig.client.sourceId],
    )
  ).rows.map(({ line }) => line)

const left = async () =>
  (
    await db.pool.query(
      `select first_month, last_month, lifetime_revenue, lifecycle, counted_at is not null as counted
       from subject order by lifecycle nulls last`,
    )
  ).rows

test('one person counts once in each cell, whatever they did there, and leaves months, revenue and stage', async () => {
  await rig.send([
    item({ anonymousId: 'a1' }, { ...at('2026-03-05'), campaign: 'spring' }),
    item({ anonymousId: 'a1' }, { ...at('2026-03-01') }),
    item({ anonymousId: 'a1' }, { ...at('2026-03-02') }),
    item({ userId: 'u1' }, { ...at('2026-04-01'), ...order('19.90') }),
    item({ userId: 'u1' }, { ...at('2026-04-02'), ...order('0.10') }),
    item({ userId: 'u1' }, { ...at('2026-04-02'), ...order('7', null) }),
    item({ userId: 'u1' }, { ...at('2026-05-02'), ...refund('30') }),
  ])
  await rig.send(
    [item({ userId: 'u1', anonymousId: 'a1' }, { ...at('2026-04-09'), type: 'page', name: null })],
    rig.server,
  )
  expect(await count()).toBe(true)
  expect(await cells()).toEqual([
    'funnel 2026-03 t  track:Clicked 1',
    'funnel 2026-03 t spring track:Clicked 1',
    'funnel 2026-04 f  page 1',
    'funnel 2026-04 t  track:Order Completed 1',
    'funnel 2026-05 t  track:Order Refunded 1',
    'lifecycle 2026-03 t  returning 1',
  ])
  expect(await left()).toEqual([
    {
      first_month: '2026-03',
      last_month: '2026-05',
      lifetime_revenue: { EUR: '-10.00', '': '7' },
      lifecycle: 'returning',
      counted: true,
    },
    {
      first_month: null,
      last_month: null,
      lifetime_revenue: null,
      lifecycle: null,
      counted: true,
    },
  ])
})

test('a person is counted once, by two processes at once and ever after', async () => {
  await rig.send([item({ userId: 'u1' })])
  const counted = await Promise.all([count(), count(), count()])
  expect(counted.toSorted()).toEqual([false, false, true])
  expect(await count()).toBe(false)
  expect((await cells()).map((line) => line.at(-1))).toEqual(['1', '1'])
})

test.each([
  [{ anonymousId: 'a1', deviceId: 'd1' }, {}, 'visitor'],
  [{ anonymousId: 'a1', email: 'ada@example.com' }, {}, 'known'],
  [{ phone: '+4915112345678' }, {}, 'known'],
  [{ userId: 'u1' }, {}, 'known'],
  [{ anonymousId: 'a1' }, order('1'), 'customer'],
  [{ anonymousId: 'a1' }, refund('1'), 'visitor'],
])('%j who did %j is a %s', async (ids, change, stage) => {
  await rig.send([item(ids, change)])
  await count()
  expect((await left())[0].lifecycle).toBe(stage)
})

test('many who share their cells are counted at once and never wait for each other in a circle', async () => {
  const campaigns = Array.from({ length: 120 }, (_, at) => `camp ${at}`)
  const people = Array.from({ length: 6 }, (_, at) => `u${at}`)
  for (const userId of people)
    await rig.send(campaigns.map((campaign) => item({ userId }, { campaign, ...at('2026-03-05') })))
  const { rows } = await db.pool.query<{ id: string }>('select subject_id as id from subject')
  await Promise.all(
    rows.map(async ({ id }) => {
      const client = await db.pool.connect()
      onTestFinished(() => client.release())
      await client.query('begin')
      await countPerson(client, rig.workspaceId, { root: id, fragments: [id] })
      await client.query('commit')
    }),
  )
  const counted = await db.pool.query(
    `select report, sum(persons)::int as persons from report_cell group by report order by report`,
  )
  expect(counted.rows).toEqual([
    { report: 'funnel', persons: people.length * campaigns.length },
    { report: 'lifecycle', persons: people.length },
  ])
})
