import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { collectedOf } from '../person.ts'
import { seededChance } from '../race/chance.ts'
import { bootKillableHeed } from './killable-heed.ts'
import { type Gone, letPeopleGo } from './people-who-go.ts'

const KILLS = process.env.HEED_TEST_SOAK === undefined ? 6 : 60
const seed = Date.now() % 1_000_000
const chance = seededChance(seed)

const { heed, killNode, killAll, openDatabase } = await bootKillableHeed()
afterAll(() => heed.remove())

async function dieAndRise(): Promise<void> {
  await sleep(500 + chance.below(1_500))
  await (chance.happens(0.3) ? killAll() : killNode())
  await heed.restart()
  await runOutClaims()
}

/** What a node has claimed and died with is free a minute later; a journey does not wait for that. */
async function runOutClaims(): Promise<void> {
  const database = openDatabase()
  await database.query('update task set claimed_until = clock_timestamp() where claimed_until is not null')
  await database.end()
}

type Request = {
  readonly status: string
  readonly actor: string
  readonly tasks: readonly { readonly outcome: string; readonly subjectId: string }[]
}

const requestOf = async ({ requestId }: Gone) =>
  (await heed.control(`/api/v1/requests/${requestId}`)) as Request

const isEnded = ({ status }: Pick<Request, 'status'>) => ['settled', 'cancelled'].includes(status)

/**
 * Killed after the journal had an erase and before the database did, Heed carries it out when it starts, under a request of
 * its own; whoever asks once more, because nobody has answered, is told that nobody is found.
 */
async function carriedOutAtStart(): Promise<readonly Request[]> {
  const { data } = (await heed.control('/api/v1/requests?limit=500')) as { data: Request[] }
  return data.filter(({ actor }) => actor === 'system:restore')
}

/** What has become of them that contradicts what was answered; none is right. */
async function contradictions(one: Gone): Promise<readonly string[]> {
  const { status, tasks } = await requestOf(one)
  const isBack = one.reversed === 200
  const found = await collectedOf(heed, one.person)
  const outcomes = await outcomesOf(one)
  const [last = '', ...earlier] = outcomes
  const right = isBack ? ['cancelled'] : ['confirmed', 'not-found']
  return [
    ...(status === (isBack ? 'cancelled' : 'settled') ? [] : [`is ${status}`]),
    ...(right.includes(tasks[0]?.outcome ?? '') ? [] : [`came to ${tasks[0]?.outcome}`]),
    ...(found.length === (isBack ? one.orders : 0) ? [] : [`${found.length} events can be read`]),
    ...(last === tasks[0]?.outcome && earlier.every((outcome) => outcome === 'accepted') && earlier.length < 2
      ? []
      : [`has receipts ${outcomes.join()}`]),
  ].map((wrong) => `${one.requestId} (${one.reversed ?? 'not reversed'}) ${wrong}`)
}

/** Newest first; each names the one whose place it takes. */
async function outcomesOf({ requestId }: Gone): Promise<readonly string[]> {
  const { data } = (await heed.control(`/api/v1/requests/${requestId}/receipts`)) as {
    data: { receipt: { receiptId: string; outcome: string; supersedes: string | null } }[]
  }
  for (const [at, { receipt }] of data.entries())
    expect(receipt.supersedes).toBe(data[at + 1]?.receipt.receiptId ?? null)
  return data.map(({ receipt }) => receipt.outcome)
}

test(`promise 8: after ${KILLS} kills every erase and reverse has gone on, with one receipt for each outcome`, {
  timeout: KILLS * 60_000,
}, async () => {
  let isOver = false
  const playing = Promise.all(
    [1, 2, 3].map((actor) => letPeopleGo({ heed, chance: seededChance(seed + actor), isOver: () => isOver })),
  )
  for (let kill = 0; kill < KILLS; kill += 1) await dieAndRise()
  isOver = true
  const people = (await playing).flat()
  await runOutClaims()
  for (const one of people)
    await expect.poll(async () => isEnded(await requestOf(one)), { timeout: 60_000 }).toBe(true)
  await expect.poll(async () => (await carriedOutAtStart()).every(isEnded), { timeout: 60_000 }).toBe(true)
  for (const one of people)
    await expect.poll(async () => (await outcomesOf(one))[0], { timeout: 70_000 }).not.toBe('accepted')

  const back = people.filter(({ reversed }) => reversed === 200).length
  const late = people.filter(({ reversed }) => reversed === 409).length
  const askedAgain = await countNotFound(people)
  console.info(
    `seed ${seed}: ${KILLS} kills, ${people.length} people, ${back} brought back, ${late} too late, ` +
      `${askedAgain} asked for again after they had been carried out`,
  )
  for (const one of people) expect(await contradictions(one)).toEqual([])
  expect(askedAgain).toBeLessThanOrEqual((await carriedOutAtStart()).length)

  const orders = people.reduce((sum, one) => sum + one.orders, 0)
  expect(await heed.control('/api/v1/reports/revenue')).toMatchObject({
    data: [{ orders, gross: `${orders}` }],
  })
  expect(await heed.control('/api/v1/reports/funnel')).toMatchObject({
    data: [{ name: 'Order Completed', persons: people.length, events: orders }],
  })
  expect(await heed.control('/api/v1/reports/lifecycle')).toMatchObject({
    data: stagesOf(people),
  })
})

async function countNotFound(people: readonly Gone[]): Promise<number> {
  let count = 0
  for (const one of people) if ((await requestOf(one)).tasks[0]?.outcome === 'not-found') count += 1
  return count
}

function stagesOf(people: readonly Gone[]): readonly object[] {
  const once = people.filter(({ orders }) => orders === 1).length
  const stages = [
    { stage: 'customer', persons: once },
    { stage: 'returning', persons: people.length - once },
  ]
  return stages.filter(({ persons }) => persons > 0)
}
