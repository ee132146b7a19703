import { afterEach, describe, expect, test } from 'vitest'
import { countRefused, countSwept, judgeRun } from './judge-run.ts'
import { type Programme, play } from './play.ts'
import { removeGate } from './remove-gate.ts'
import { slowTransactions } from './slow-transactions.ts'
import { countAfterNamelessNo, countAfterNo, countDrops, countUnreachable, readStored } from './stored.ts'
import { startTwoNodes, type TwoNodes } from './two-nodes.ts'

const LENGTH = process.env.HEED_TEST_SOAK === undefined ? 1 : 10
const TIMEOUT_MS = 300_000 * LENGTH
const seed = Date.now() % 1_000_000

const EVERYTHING: Programme = {
  crowds: 16 * LENGTH,
  leavers: 10 * LENGTH,
  waverers: 6 * LENGTH,
  sharers: 5 * LENGTH,
  families: 5 * LENGTH,
  stayers: 10 * LENGTH,
}
const CROWDS: Programme = { crowds: 3, leavers: 0, waverers: 0, sharers: 0, families: 0, stayers: 0 }

let two: TwoNodes
afterEach(() => two.stop())

async function race(programme: Programme) {
  const beganAt = performance.now()
  const { people, repeats } = await play(programme, { nodes: two.nodes, seed })
  const seconds = ((performance.now() - beganAt) / 1000).toFixed(1)
  const stored = await readStored(two.nodes[0], two.database)
  const events = people.reduce((sum, person) => sum + person.events.length, 0)
  const noes = people.reduce((sum, person) => sum + person.noes.length, 0)
  const lifts = people.reduce((sum, person) => sum + person.lifts.length, 0)
  console.info(
    `seed ${seed}: ${people.length} people sent ${events} events, said no ${noes} times and took it back ${lifts} times ` +
      `in ${seconds} s; ${stored.inOrder.length} events are there`,
  )
  return { people, stored, repeats, faults: judgeRun(people, stored) }
}

const FAULTLESS = { afterNo: [], lost: [], twice: [], optOutsLost: [] }

test('promises 1, 2, 3, 9: everything at once on two nodes', { timeout: TIMEOUT_MS }, async () => {
  two = await startTwoNodes()
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

describe('a crowd that opts out while it is linked, in transactions that dwell', {
  timeout: TIMEOUT_MS,
}, () => {
  test('keeps every "no"', async () => {
    two = await startTwoNodes(slowTransactions)
    expect((await race(CROWDS)).faults).toEqual(FAULTLESS)
    expect(await countAfterNo(two.database)).toBe(0)
  })

  test('loses some of them without the gate: it is the gate that keeps them', async () => {
    two = await startTwoNodes(async (database) => {
      await slowTransactions(database)
      await removeGate(database)
    })
    const { faults } = await race(CROWDS)
    const inOrder = await countAfterNo(two.database)
    console.info(
      `without the gate: ${faults.afterNo.length} events sent after a "no" are there, ${inOrder} by order`,
    )
    expect(faults.afterNo.length).toBeGreaterThan(0)
  })
})
