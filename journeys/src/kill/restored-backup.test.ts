import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backUp, readSettings, restoreInto } from '@heed/server'
import { afterAll, expect, test } from 'vitest'
import { bootHeed } from '../boot/boot-heed.ts'
import { collectedOf, newPerson, type Person } from '../person.ts'
import { ask, isSuppressed } from '../standing.ts'

const heed = await bootHeed({ settings: { HEED_LOG_LEVEL: 'error' } })
afterAll(() => heed.remove())

const userOf = ({ userId }: Person) => ({ kind: 'userId', value: userId })
const deviceOf = ({ anonymousId }: Person) => ({ kind: 'anonymousId', value: anonymousId })

type Ids = { readonly userId?: string; readonly anonymousId?: string }

function track(event: string, ids: Ids): Promise<Response> {
  const headers = { authorization: `Basic ${btoa(`${heed.writeKey}:`)}`, 'content-type': 'application/json' }
  return fetch(`${heed.url}/v1/track`, { method: 'POST', headers, body: JSON.stringify({ event, ...ids }) })
}

/** What a person does on either side of the backup, each awaited. */
async function visit(person: Person, event = 'Visited'): Promise<void> {
  const { userId, anonymousId } = person
  for (const ids of [{ userId }, { anonymousId }]) expect((await track(event, ids)).status).toBe(200)
}

async function signIn({ userId, anonymousId }: Person): Promise<void> {
  expect((await track('Signed In', { userId, anonymousId })).status).toBe(200)
}

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

/** Tries to be collected from the moment the process listens until it says that it is ready, and once more after. */
async function startUnderFire(people: readonly Person[]): Promise<void> {
  let isReady = false
  const knocking = people.map(async (person) => {
    while (!isReady)
      for (const ids of [{ userId: person.userId }, { anonymousId: person.anonymousId }])
        await track('Knocked', ids).catch(() => null)
  })
  await heed.restart()
  isReady = true
  await Promise.all(knocking)
  for (const person of people) await visit(person, 'Knocked')
}

test('promise 10: a restored older backup forgets no "no", neither of those it knows nor of those it does not', async () => {
  const [before, after, byRequest, linkedLater] = [newPerson(), newPerson(), newPerson(), newPerson()]
  const [forgiven, stranger, unseen] = [newPerson(), newPerson(), newPerson()]
  const known = [before, after, byRequest, linkedLater, forgiven]
  for (const person of known) if (person !== linkedLater) await signIn(person)
  await track('Opted Out', { userId: before.userId })
  await track('Opted Out', { userId: linkedLater.userId })
  await ask(heed, 'suppress', userOf(forgiven))
  const file = join(heed.dataDir, 'older.backup')
  await backUp(installation(), { file, now: new Date() })

  await track('Opted Out', { anonymousId: after.anonymousId })
  await ask(heed, 'suppress', userOf(byRequest))
  await signIn(linkedLater)
  await ask(heed, 'unsuppress', userOf(forgiven))
  await signIn(stranger)
  await track('Opted Out', { userId: stranger.userId })
  await ask(heed, 'suppress', userOf(unseen))
  await restore(file)
  const silent = [before, after, byRequest, linkedLater, stranger]
  await startUnderFire([...silent, unseen])

  for (const person of silent) {
    expect(await collectedOf(heed, person)).not.toContain('Knocked')
    expect(await isSuppressed(heed, userOf(person))).toBe(true)
    expect(await isSuppressed(heed, deviceOf(person))).toBe(true)
  }
  expect(await isSuppressed(heed, userOf(unseen))).toBe(true)
  await visit(forgiven, 'Came back')
  expect(await collectedOf(heed, forgiven)).toEqual(['Signed In', 'Came back', 'Came back'])

  for (const person of [after, stranger, unseen]) {
    await ask(heed, 'unsuppress', userOf(person))
    expect(await isSuppressed(heed, userOf(person))).toBe(false)
    await visit(person, 'Came back')
    expect(await collectedOf(heed, person)).toContain('Came back')
  }
})
