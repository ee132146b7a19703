import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { answerReports } from './answer-report.ts'
import { funnelReport } from './funnel-report.ts'
import { lifecycleReport } from './lifecycle-report.ts'
import { revenueReport } from './revenue-report.ts'
import { type ErasedPerson, eraseByHand } from './testing/erase-by-hand.ts'
import { bought, peopleWhoBuy } from './testing/people-who-buy.ts'

const db = await testDatabase()
const answer = answerReports({ pool: db.pool, now: () => new Date('2026-04-15T00:00:00Z') })
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const world = () => peopleWhoBuy(rig)

type Filter = { from?: string; to?: string; source?: string; campaign?: string }

/** The three answers as they are sent. */
async function reports(filter: Filter = {}): Promise<string> {
  const { workspaceId } = rig
  return JSON.stringify([
    await answer(revenueReport, workspaceId, filter),
    await answer(funnelReport, workspaceId, filter),
    await answer(lifecycleReport, workspaceId, filter),
  ])
}

const FILTERS = (): Filter[] => [
  {},
  { from: '2026-04' },
  { to: '2026-03' },
  { source: `src_${rig.server.sourceId}` },
  { campaign: 'spring' },
  { campaign: '' },
  { from: '2026-03', to: '2026-03', source: `src_${rig.client.sourceId}`, campaign: 'spring' },
]

async function everyReport(): Promise<string[]> {
  const answers = []
  for (const filter of FILTERS()) answers.push(await reports(filter))
  return answers
}

const lines = (data: readonly object[]) =>
  data.map((row) =>
    Object.values(row)
      .map((value) =>
        value === `src_${rig.client.sourceId}`
          ? 'client'
          : value === `src_${rig.server.sourceId}`
            ? 'server'
            : value,
      )
      .join(' '),
  )

describe('what the reports count:', () => {
  test('orders and refunds by month, source, campaign and currency, to the last digit', async () => {
    await world()
    const { from, to, data } = await answer(revenueReport, rig.workspaceId, {})
    expect([from, to]).toEqual(['2025-05', '2026-04'])
    expect(lines(data).toSorted()).toEqual([
      '2026-03 client spring EUR 1 0 19.90 0 19.90',
      '2026-03 server  EUR 1 0 0 0 0',
      '2026-03 server  USD 1 0 12.345 0 12.345',
      '2026-04 client   1 0 7 0 7',
      '2026-04 client  EUR 0 2 0 5 -5',
      '2026-04 client spring EUR 1 0 0.10 0 0.10',
    ])
  })

  test('each person once a step, whatever they were merged from, and every event', async () => {
    await world()
    const { data } = await answer(funnelReport, rig.workspaceId, {})
    expect(lines(data).toSorted()).toEqual([
      '2026-03 client  track  1 1',
      '2026-03 client  track Clicked 1 1',
      '2026-03 client spring track Clicked 2 3',
      '2026-03 client spring track Order Completed 1 1',
      '2026-03 server  track Clicked 1 1',
      '2026-03 server  track Clicked: twice 1 1',
      '2026-03 server  track Order Completed 2 2',
      '2026-04 client  page  1 1',
      '2026-04 client  track Order Completed 1 1',
      '2026-04 client  track Order Refunded 2 2',
      '2026-04 client spring track Order Completed 1 1',
      '2026-04 server spring track Clicked 1 1',
    ])
  })

  test('each person in the month, source and campaign of their first event, as far as they have come', async () => {
    await world()
    const { data } = await answer(lifecycleReport, rig.workspaceId, {})
    expect(lines(data).toSorted()).toEqual([
      '2026-03 client  known 1',
      '2026-03 client spring returning 1',
      '2026-03 client spring visitor 1',
      '2026-03 server  customer 2',
      '2026-03 server  known 1',
      '2026-04 client  customer 1',
    ])
  })

  test('nothing of another workspace', async () => {
    await world()
    expect((await answer(funnelReport, rig.newId(), {})).data).toEqual([])
  })

  test('no order that a late link has swept', async () => {
    await rig.send([item({ userId: 'u1' }), optOut({ userId: 'u1' })])
    const before = await reports()
    await rig.send([item({ anonymousId: 'late' }, bought('2026-04-01', '7'))])
    expect(await reports()).not.toBe(before)
    await rig.send([item({ userId: 'u1', anonymousId: 'late' })])
    expect(await reports()).toBe(before)
  })
})

describe('erasing somebody changes no byte of a report:', () => {
  test('not when they become unreadable, are counted, are scrubbed, nor when it is reversed', async () => {
    await world()
    const before = await everyReport()
    const { persons, erase, reverse, count, scrub } = eraseByHand(db.pool, rig.workspaceId)
    for (const person of await persons()) {
      await erase(person)
      expect(await everyReport()).toEqual(before)
      await reverse(person)
      expect(await everyReport()).toEqual(before)
      await erase(person)
      expect(await count(person)).toBe(true)
      expect(await everyReport()).toEqual(before)
      await scrub(person)
      expect(await everyReport()).toEqual(before)
    }
    expect(await db.pool.query('select from event where subject_id is not null')).toHaveProperty(
      'rowCount',
      0,
    )
  })

  test('not where somebody began in several campaigns at one moment', async () => {
    const eventAt = new Date('2026-03-01T00:00:00.123Z')
    const campaigns = ['spring', 'autumn', null, 'summer']
    await rig.send(campaigns.map((campaign) => item({ userId: 'u1' }, { eventAt, campaign })))
    const before = await reports()
    const hand = eraseByHand(db.pool, rig.workspaceId)
    for (const person of await hand.persons()) {
      await hand.erase(person)
      await hand.count(person)
      await hand.scrub(person)
    }
    expect(await reports()).toBe(before)
  })

  test('not for whomever, in whatever order, counted twice or by two at once', async () => {
    const steps = fc.array(
      fc.record({
        who: fc.nat({ max: 6 }),
        step: fc.constantFrom('erase', 'reverse', 'count', 'count-at-once', 'scrub'),
      }),
      { minLength: 5, maxLength: 25 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        await freshWorld()
        const before = await reports()
        const hand = eraseByHand(db.pool, rig.workspaceId)
        const persons = await hand.persons()
        const states = persons.map(() => 'live')
        for (const { who, step } of drawn) {
          const person = persons[who]!
          states[who] = await take(hand, { person, step, state: states[who]! })
          expect(await reports()).toBe(before)
        }
      }),
      { numRuns: 12 },
    )
  })
})

async function freshWorld(): Promise<void> {
  await db.truncate()
  await rig.close()
  rig = await gateRig(db)
  await world()
}

type Step = { readonly person: ErasedPerson; readonly step: string; readonly state: string }

/** One step, if it may follow the ones before; answers the person's state after it. */
async function take(hand: ReturnType<typeof eraseByHand>, { person, step, state }: Step): Promise<string> {
  switch (`${state} ${step}`) {
    case 'live erase':
      await hand.erase(person)
      return 'erased'
    case 'erased reverse':
      await hand.reverse(person)
      return 'live'
    case 'erased count':
      expect(await hand.count(person)).toBe(true)
      return 'counted'
    case 'erased count-at-once':
      expect((await Promise.all([hand.count(person), hand.count(person)])).toSorted()).toEqual([false, true])
      return 'counted'
    case 'counted count':
    case 'scrubbed count':
      expect(await hand.count(person)).toBe(false)
      return state
    case 'counted scrub':
      await hand.scrub(person)
      return 'scrubbed'
    default:
      return state
  }
}
