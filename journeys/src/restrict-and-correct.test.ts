import { expect, test } from 'vitest'
import { type ControlDoor, controlDoor } from './boot/control-door.ts'
import { journeyHeed } from './boot/journey-heed.ts'
import { collectedOf, newPerson, type Person } from './person.ts'
import { isSuppressed } from './standing.ts'

const heed = await journeyHeed()

const READING = ['subjects:read', 'events:read', 'query:read', 'requests:write']

async function doorWith(scopes: readonly string[]): Promise<ControlDoor> {
  const made = await heed.control('/api/v1/tokens', { name: 'support', scopes, expiresAt: null })
  return controlDoor(heed.url, (made as { token: string }).token)
}

const named = ({ userId }: Person) => ({ kind: 'userId', value: userId })
const request = (door: ControlDoor, person: Person, change: object) =>
  door.control('/api/v1/requests', { subject: { identifiers: [named(person)] }, ...change }) as Promise<Row>

type Row = { readonly id: string; readonly status: string }

async function send(person: Person, call: 'track' | 'identify', change: object): Promise<void> {
  const answer = await fetch(`${heed.url}/v1/${call}`, {
    method: 'POST',
    body: JSON.stringify({ writeKey: heed.writeKey, userId: person.userId, ...change }),
  })
  expect(answer.status).toBe(200)
}

async function pageOf(door: ControlDoor, person: Person): Promise<unknown> {
  const found = await door.control('/api/v1/subjects/lookup', { identifier: named(person) })
  const [subject] = (found as { data: Row[] }).data
  return door.control(`/api/v1/subjects/${subject?.id}`)
}

test('a restricted person is kept, collected no more, and shown to few, until the request is cancelled', async () => {
  const [support, privacy] = [await doorWith(READING), await doorWith([...READING, 'privacy:read'])]
  const ada = newPerson()
  await send(ada, 'track', { event: 'Ordered' })
  const { id, status } = await request(support, ada, { type: 'restrict' })
  expect(status).toBe('running')
  await send(ada, 'track', { event: 'Ordered again' })
  expect(await collectedOf(support, ada)).toEqual([])
  expect(await collectedOf(privacy, ada)).toEqual(['Ordered'])
  expect(await pageOf(support, ada)).toMatchObject({ restricted: true, identifiers: [], traits: {} })
  expect(await isSuppressed(support, named(ada))).toBe(true)

  expect(await support.control(`/api/v1/requests/${id}/cancel`, {})).toMatchObject({ status: 'cancelled' })
  await send(ada, 'track', { event: 'Ordered once more' })
  expect(await collectedOf(support, ada)).toEqual(['Ordered', 'Ordered once more'])
})

test('a correction wins over an old event that is replayed, and has a receipt', async () => {
  const support = await doorWith([...READING, 'requests:read'])
  const ben = newPerson()
  const old = { traits: { city: 'Rome', plan: 'gold' }, timestamp: '2026-01-01T00:00:00Z' }
  await send(ben, 'identify', old)
  const { id, status } = await request(support, ben, {
    type: 'correct',
    changes: { traits: { city: 'Paris', plan: null } },
  })
  expect(status).toBe('settled')
  await send(ben, 'identify', old)
  expect(await pageOf(support, ben)).toMatchObject({ traits: { city: 'Paris' } })
  const receipts = (await support.control(`/api/v1/requests/${id}/receipts`)) as { data: unknown[] }
  expect(receipts.data).toHaveLength(1)
})
