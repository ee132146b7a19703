import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { countRefused, countSwept, judgeRun } from './judge-run.ts'
import { type Programme, play } from './play.ts'
import { removeGate } from './remove-gate.ts'
import { slowTransactions } from './slow-transactions.ts'
import { countAfterNamelessNo, countAfterNo, countDrops, countUnreachable, readStored } from './stored.ts'
import { startTwoNodes } from './two-nodes.ts'

const LENGTH = process.env.HEED_TEST_SOAK === undefined ? 1 : 10
const TIMEOUT = { timeout: 300_000 * LENGTH }

const EVERYTHING: Programme = {
  crowds: 20 * LENGTH,
  leavers: 4 * LENGTH,
  waverers: 3 * LENGTH,
  sharers: 3 * LENGTH,
  families: 3 * LENGTH,
  stayers: 5 * LENGTH,
}
const CROWDS: Programme = { crowds: 2, leavers: 0, waverers: 0, sharers: 0, families: 0, stayers: 0 }

const two = await startTwoNodes()
afterAll(() => two.stop())

let races = Date.now() % 1_000_000

async function race(programme: Programme) {
  races += 1
  const beganAt = performance.now()
  const { people, repeats } = await play(programme, {
    nodes: two.nodes,
    serverKey: two.serverKey,
    seed: races,
  })
  const seconds = ((performance.now() - beganAt) / 1000).toFixed(1)
  const stored = await readStored(two.nodes[0], two.database)
  const sum = (list: 'events' | 'noes' | 'lifts') =>
    people.reduce((all, person) => all + person[list].length, 0)
  console.info(
    `seed ${races}: ${people.length} people sent ${sum('events')} events, said no ${sum('noes')} times and took it ` +
      `back ${sum('lifts')} times in ${seconds} s`,
  )
  return { people, stored, repeats, faults: judgeRun(people, stored) }
}

const FAULTLESS = { afterNo: [], lost: [], twice: [], optOutsLost: [] }

/** One after the other, on the same two nodes: each takes something away that the next must do without. */
test('promises 1, 2, 3, 9: a "no" holds on two nodes while everything happens at once', TIMEOUT, async () => {
  const { people, stored, repeats, faults } = await race(EVERYTHING)
  expect(faults).toEqual(FAULTLESS)
  expect(stored.unopened).toBe(0)
  expect(await countAfterNo(two.database)).toBe(0)
  expect(await countAfterNamelessNo(two.database)).toBe(0)
  expect(await countUnreachable(two.database)).toBe(0)
  const drops = await countDrops(two.database)
  expect((drops.get('suppressed') ?? 0) + (drops.get('device-suppressed') ?? 0)).toBe(countRefused(people))
  expect(drops.get('swept') ?? 0).toBe(countSwept(people, stored))
  expect(repeats, 'calls that were told to come back').toEqual(new Map())
})

test('and also when links and opt-outs dwell between reading and writing', TIMEOUT, async () => {
  await slowTransactions(two.database)
  expect((await race(CROWDS)).faults).toEqual(FAULTLESS)
  expect(await countAfterNo(two.database)).toBe(0)
})

test('but not without the gate', TIMEOUT, async () => {
  await removeGate(two.database)
  for (const { call } of two.nodes) await untilItAnswers(() => call('/api/v1/events?limit=1'))
  const slips: string[] = []
  for (let tries = 0; tries < 10 && slips.length === 0; tries += 1) {
    const { faults } = await race(CROWDS)
    slips.push(...faults.afterNo)
    const inOrder = await countAfterNo(two.database)
    console.info(`without the gate: ${slips.length} events sent after a "no" are there, ${inOrder} by order`)
  }
  expect(slips.length).toBeGreaterThan(0)
})

/** Its sessions have just been ended, and a call that gets one of them fails. */
async function untilItAnswers(ask: () => Promise<Response>, inARow = 0): Promise<void> {
  if (inARow === 30) return
  const { ok } = await ask()
  if (!ok) await sleep(20)
  return untilItAnswers(ask, ok ? inARow + 1 : 0)
}
