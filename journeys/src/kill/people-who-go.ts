import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Heed } from '../boot/boot-heed.ts'
import { newPerson, type Person } from '../person.ts'
import type { Chance } from '../race/chance.ts'

/** Somebody who bought, asked to be erased, and may have had second thoughts; with everything Heed has answered to it. */
export type Gone = {
  readonly person: Person
  readonly orders: number
  readonly requestId: string
  /** What the reverse was answered; null where none was asked for. */
  readonly reversed: 200 | 409 | null
}

export type Playing = {
  readonly heed: Heed
  readonly chance: Chance
  readonly isOver: () => boolean
}

/** An answer is due 28 days after somebody asked, and the last three of them are not for changing one's mind. */
const DAYS_TO_REVERSE = 25
const DAY_MS = 86_400_000

/** One after the other they come, buy and go, until it is over. Whoever has begun comes to an end. */
export async function letPeopleGo(playing: Playing): Promise<readonly Gone[]> {
  const gone: Gone[] = []
  while (!playing.isOver()) gone.push(await comeAndGo(playing))
  return gone
}

async function comeAndGo({ heed, chance }: Playing): Promise<Gone> {
  const person = newPerson()
  const orders = 1 + chance.below(20)
  await buy(heed, person, orders)
  const windowMs = chance.below(2_500)
  const { id } = await erase(heed, person, windowMs)
  if (chance.happens(0.4)) return { person, orders, requestId: id, reversed: null }
  await sleep(chance.below(windowMs + 500))
  return { person, orders, requestId: id, reversed: await reverse(heed, id) }
}

async function buy(heed: Heed, { userId, mark }: Person, orders: number): Promise<void> {
  const batch = Array.from({ length: orders }, (_, at) => ({
    type: 'track',
    userId,
    event: 'Order Completed',
    messageId: `${mark}-${at}`,
    properties: { revenue: 1, currency: 'EUR' },
  }))
  const authorization = `Basic ${btoa(`${heed.writeKey}:`)}`
  await untilAnswered(() => send(`${heed.url}/v1/batch`, { authorization }, { batch }), [200])
}

async function erase(heed: Heed, { userId }: Person, windowMs: number): Promise<{ readonly id: string }> {
  const submittedAt = new Date(Date.now() - DAYS_TO_REVERSE * DAY_MS + windowMs).toISOString()
  const subject = { identifiers: [{ kind: 'userId', value: userId }] }
  const headers = { authorization: `Bearer ${heed.adminToken}`, 'idempotency-key': randomUUID() }
  const body = { type: 'erase', subject, submittedAt }
  const answer = await untilAnswered(() => send(`${heed.url}/api/v1/requests`, headers, body), [200, 201])
  return (await answer.json()) as { id: string }
}

async function reverse(heed: Heed, id: string): Promise<200 | 409> {
  const headers = { authorization: `Bearer ${heed.adminToken}`, 'idempotency-key': randomUUID() }
  const answer = await untilAnswered(
    () => send(`${heed.url}/api/v1/requests/${id}/reverse`, headers, {}),
    [200, 409],
  )
  return answer.status === 200 ? 200 : 409
}

/** The call is repeated until one of these answers has come, whole: a process that is killed answers nothing, or half. */
async function untilAnswered(call: () => Promise<Response>, statuses: readonly number[]): Promise<Response> {
  const answer = await call().catch(() => null)
  if (answer !== null && statuses.includes(answer.status)) return answer
  if (answer !== null && answer.status < 500 && answer.status !== 429)
    throw new Error(`this was answered ${answer.status}: ${await answer.text()}`)
  await sleep(50)
  return untilAnswered(call, statuses)
}

async function send(url: string, headers: Readonly<Record<string, string>>, body: object): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  return new Response(text, { status: answer.status })
}
