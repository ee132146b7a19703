import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backUp, readSettings, restoreInto } from '@heed/server'
import { afterAll, expect, test } from 'vitest'
import { collectedOf, newPerson, type Person } from '../person.ts'
import { seededChance } from '../race/chance.ts'
import { isSuppressed } from '../standing.ts'
import { bootKillableHeed } from './killable-heed.ts'

const seed = Date.now() % 1_000_000
const chance = seededChance(seed)
const { heed, killWhileStarting, openDatabase } = await bootKillableHeed()
afterAll(() => heed.remove())

const userOf = ({ userId }: Person) => ({ kind: 'userId', value: userId })
const deviceOf = ({ anonymousId }: Person) => ({ kind: 'anonymousId', value: anonymousId })

async function track(event: string, ids: { userId?: string; anonymousId?: string }): Promise<void> {
  const headers = { authorization: `Basic ${btoa(`${heed.writeKey}:`)}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ event, ...ids })
  expect((await fetch(`${heed.url}/v1/track`, { method: 'POST', headers, body })).status).toBe(200)
}

const signIn = ({ userId, anonymousId }: Person) => track('Signed In', { userId, anonymousId })

async function erase(person: Person): Promise<string> {
  const request = { type: 'erase', subject: { identifiers: [userOf(person)] } }
  return ((await heed.control('/api/v1/requests', request)) as { id: string }).id
}

async function lookedUp(person: Person): Promise<unknown> {
  return heed.control('/api/v1/subjects/lookup', { identifier: userOf(person) })
}

const statusOf = async (requestId: string) =>
  ((await heed.control(`/api/v1/requests/${requestId}`)) as { status: string }).status

function installation() {
  const read = readSettings({ HEED_DATA_DIR: heed.dataDir })
  if (read.kind === 'wrong') throw new Error(read.problems.join())
  return { settings: read.settings, log: { info() {}, warn() {}, error: console.error } }
}

/** Puts an older database in the place of the one there is; the folder of the journal stays. */
async function restore(file: string): Promise<void> {
  await heed.kill('SIGTERM')
  await rm(join(heed.dataDir, 'postgres'), { recursive: true })
  await restoreInto(installation(), file)
}

/** Asks for everything that is stored from the moment the process listens; what the answers were, before it was ready too. */
async function startUnderQuestions(): Promise<string> {
  let answers = ''
  let isReady = false
  const asking = (async () => {
    while (!isReady)
      answers += await heed
        .call('/api/v1/events?limit=1000')
        .then((answer) => answer.text())
        .catch(() => '')
  })()
  await heed.restart()
  isReady = true
  await asking
  return answers
}

/** The time to reverse is over for whatever was erased by now, and work has come to its end. */
async function endWindows(requestId: string): Promise<void> {
  const database = openDatabase()
  await database.query(
    `update task set recoverable_until = clock_timestamp(), due_at = clock_timestamp() where state = 'window'`,
  )
  await database.end()
  await expect.poll(() => statusOf(requestId), { timeout: 30_000 }).toBe('settled')
}

test('promise 10: a restored older backup brings back nobody who was erased since, whenever its start is killed', async () => {
  const [gone, erased, forgiven, stays] = [newPerson(), newPerson(), newPerson(), newPerson()]
  for (const person of [gone, erased, forgiven, stays]) await signIn(person)
  const file = join(heed.dataDir, 'older.backup')
  await backUp(installation(), { file, now: new Date() })

  const goneRequest = await erase(gone)
  await endWindows(goneRequest)
  const erasedRequest = await erase(erased)
  await heed.call(`/api/v1/requests/${await erase(forgiven)}/reverse`, { method: 'POST' })
  await restore(file)
  for (let kill = 0; kill < 3; kill += 1) await killWhileStarting(200 + 1_200 * chance.next())
  const answers = await startUnderQuestions()

  for (const person of [gone, erased]) {
    expect(answers, `seed ${seed}`).not.toContain(person.mark)
    expect(await lookedUp(person)).toMatchObject({ data: [] })
    expect(await collectedOf(heed, person)).toEqual([])
    expect([await isSuppressed(heed, userOf(person)), await isSuppressed(heed, deviceOf(person))]).toEqual([
      true,
      true,
    ])
    await signIn(person)
    expect(await collectedOf(heed, person)).toEqual([])
  }
  for (const person of [forgiven, stays]) expect(await collectedOf(heed, person)).toEqual(['Signed In'])
  // A start that was killed may have claimed the task; what a dead node held comes free after a minute.
  await expect.poll(() => statusOf(goneRequest), { timeout: 90_000 }).toBe('settled')
  expect(await statusOf(erasedRequest)).toBe('waiting')

  await heed.control(`/api/v1/requests/${erasedRequest}/reverse`, {})
  expect(await collectedOf(heed, erased)).toEqual(['Signed In'])
  const database = openDatabase()
  const { rows } = await database.query('select from escrowed_key')
  await database.end()
  expect(rows).toEqual([])
})
