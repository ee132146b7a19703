import { expect, test } from 'vitest'
import { journeyHeed } from '../boot/journey-heed.ts'
import { newSecrets } from '../traces/secrets.ts'
import { askToErase, findSubjects, receiptsOf, requestAt } from './erase-door.ts'
import { askEveryDoor, DOORS_THAT_SHOW_PEOPLE, doorsThatTell, reportsOf, type Told } from './every-door.ts'
import { comeBack, liveInTheShop } from './shop-life.ts'

/** One story, told in order: Ben is erased by mistake and brought back, then erased in earnest. */
const PATIENCE = { timeout: 20_000 }
const heed = await journeyHeed()
const ben = newSecrets()

/** What the doors show of the person; of the subject without its standing, which says what was asked for since. */
function shown(told: Told): readonly string[] {
  const { standing, ...person } = JSON.parse(told.subject ?? '{}') as Record<string, unknown>
  const others = ['events', 'their events', 'query as CSV'].map((door) => told[door] ?? '')
  expect(standing).toMatchObject({ suppressed: false })
  return [JSON.stringify(person), ...others]
}

const outcomesOf = async (id: string) =>
  (await receiptsOf(heed, id)).map(({ receipt: { outcome, supersedes } }) => [outcome, supersedes !== null])

const reverse = (id: string) => heed.call(`/api/v1/requests/${id}/reverse`, { method: 'POST' })

let bensId = ''
let counted: readonly string[] = []
let toldBefore: Told = {}

test('Ben is known, and counts', async () => {
  await liveInTheShop(heed, ben)
  await liveInTheShop(heed, newSecrets())
  ;[bensId = ''] = await findSubjects(heed, ben)
  toldBefore = await askEveryDoor(heed, ben, bensId)
  expect(doorsThatTell(toldBefore, ben)).toEqual(DOORS_THAT_SHOW_PEOPLE)
  counted = await reportsOf(heed)
})

test('while an erase can be reversed nobody reads anything of him, and a reverse brings all of it back', async () => {
  const { id, status, tasks } = await askToErase(heed, ben)
  expect([status, tasks[0]?.outcome]).toEqual(['waiting', 'accepted'])
  expect(doorsThatTell(await askEveryDoor(heed, ben, bensId), ben)).toEqual([])
  await comeBack(heed, ben)
  expect(await findSubjects(heed, ben)).toEqual([])
  expect(await reportsOf(heed)).toEqual(counted)

  expect((await reverse(id)).status).toBe(200)
  const told = await askEveryDoor(heed, ben, bensId)
  expect(shown(told)).toEqual(shown(toldBefore))
  expect(doorsThatTell(told, ben)).toEqual(doorsThatTell(toldBefore, ben))
  expect(await findSubjects(heed, ben)).toEqual([bensId])
  expect(await reportsOf(heed)).toEqual(counted)
  expect(await outcomesOf(id)).toEqual([
    ['cancelled', true],
    ['accepted', false],
  ])
})

test('when the time to reverse is over a reverse is refused, and the receipt is superseded', async () => {
  const { id, tasks } = await askToErase(heed, ben, { submittedAt: fewSecondsBeforeNoReverse() })
  expect(Date.parse(tasks[0]?.recoverableUntil ?? '')).toBeGreaterThan(Date.now())
  expect(await reportsOf(heed)).toEqual(counted)
  expect(await outcomesOf(id)).toEqual([['accepted', false]])

  await expect.poll(() => requestAt(heed, id), PATIENCE).toMatchObject({ status: 'settled' })
  const refused = await reverse(id)
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'conflict' }])
  await expect.poll(() => outcomesOf(id), PATIENCE).toHaveLength(2)
  expect(await outcomesOf(id)).toEqual([
    ['confirmed', true],
    ['accepted', false],
  ])
  expect(doorsThatTell(await askEveryDoor(heed, ben, bensId), ben)).toEqual([])
  expect(await reportsOf(heed)).toEqual(counted)
})

/** An answer is due 28 days after somebody asked, and the last three of them are not for changing one's mind. */
function fewSecondsBeforeNoReverse(): string {
  const DAYS_TO_REVERSE = 28 - 3
  return new Date(Date.now() - DAYS_TO_REVERSE * 86_400_000 + 3_000).toISOString()
}
