import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { seededChance } from '../race/chance.ts'
import { judgeRun } from '../race/judge-run.ts'
import { playUntil } from '../race/play.ts'
import { serverKeyOf } from '../race/server-key.ts'
import { countAfterNamelessNo, countAfterNo, countUnreachable, readStored } from '../race/stored.ts'
import { bootKillableHeed } from './killable-heed.ts'
import { readNoJournal } from './read-no-journal.ts'

const KILLS = process.env.HEED_TEST_SOAK === undefined ? 20 : 200
const seed = Date.now() % 1_000_000
const chance = seededChance(seed)

const { heed, killNode, killAll, killWhileStarting, openDatabase } = await bootKillableHeed()
const serverKey = await serverKeyOf(heed)
afterAll(() => heed.remove())

/** What a start takes on this machine now. Lives are as long, so that something happens in each of them. */
let startMs = 1_500

/** Lives a while, is killed, now and then once more while it starts, and starts. Answers how long the last start took. */
async function dieAndRise(): Promise<number> {
  await sleep(startMs * (0.2 + chance.next()))
  await (chance.happens(0.3) ? killAll() : killNode())
  if (chance.happens(0.25)) await killWhileStarting(startMs * chance.next())
  const beganAt = performance.now()
  await heed.restart()
  startMs = performance.now() - beganAt
  return startMs
}

test(`promise 8: after ${KILLS} kills at any moment nothing acknowledged is lost, no "no" forgotten and nothing there twice`, {
  timeout: KILLS * 60_000,
}, async () => {
  let isOver = false
  const playing = playUntil(() => isOver, { nodes: [heed, heed], serverKey, seed })
  const starts: number[] = []
  for (let kill = 0; kill < KILLS; kill += 1) starts.push(await dieAndRise())
  isOver = true
  const { people, repeats } = await playing

  const database = openDatabase()
  const stored = await readStored(heed, database)
  const { afterNo, lost, twice } = judgeRun(people, stored)
  const noes = people.reduce((sum, person) => sum + person.noes.length, 0)
  const sorted = starts.toSorted((a, b) => a - b)
  console.info(
    `seed ${seed}: ${KILLS} kills, ${people.length} people, ${noes} noes, ${stored.inOrder.length} events there, ` +
      `${repeats.get(0) ?? 0} calls hung up on; a start took ${Math.round(sorted[KILLS >> 1] ?? 0)} ms (median), ` +
      `${Math.round(sorted.at(-1) ?? 0)} ms (longest)`,
  )
  expect({ afterNo, lost, twice }).toEqual({ afterNo: [], lost: [], twice: [] })
  expect(stored.unopened).toBe(0)
  expect(await countAfterNo(database)).toBe(0)
  expect(await countAfterNamelessNo(database)).toBe(0)
  expect(await countUnreachable(database)).toBe(0)

  const journalled = new Set(
    (await readNoJournal(heed.dataDir)).flatMap(({ cause, digests }) =>
      (digests ?? []).map(({ digest }) => `${cause?.cause} ${digest}`),
    ),
  )
  const { rows } = await database.query<{ no: string }>(
    `select cause || ' ' || encode(digest, 'hex') as no from suppression`,
  )
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(({ no }) => !journalled.has(no))).toEqual([])
  await database.end()
})
