import { expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import { collectedOf, newPerson } from './person.ts'
import { isSuppressed } from './standing.ts'

const heed = await journeyHeed()

type Item = { readonly event: string; readonly userId?: string; readonly anonymousId?: string }

async function track(item: Item): Promise<void> {
  const answer = await fetch(`${heed.url}/v1/track`, {
    method: 'POST',
    body: JSON.stringify({ ...item, writeKey: heed.writeKey }),
  })
  expect(answer.status).toBe(200)
}

const userNamed = (value: string) => ({ kind: 'userId', value })

test('who signs in on the device of somebody who opted out is collected elsewhere, and can opt out there too', async () => {
  const [ada, ben] = [newPerson(), newPerson()]
  const tablet = ada.anonymousId
  await track({ userId: ada.userId, anonymousId: tablet, event: 'Ordered' })
  await track({ userId: ada.userId, event: 'Opted Out' })
  await track({ userId: ben.userId, anonymousId: tablet, event: 'On a silent device' })
  await track({ userId: ben.userId, anonymousId: ben.anonymousId, event: 'On a device of his own' })
  expect(await isSuppressed(heed, userNamed(ben.userId))).toBe(false)
  expect(await collectedOf(heed, ben)).toEqual(['On a device of his own'])

  await track({ userId: ben.userId, anonymousId: tablet, event: 'Opted Out' })
  await track({ userId: ben.userId, event: 'Came back' })
  await track({ anonymousId: ben.anonymousId, event: 'Came back' })
  expect(await collectedOf(heed, ben)).toEqual(['On a device of his own', 'Opted Out'])
  expect(await collectedOf(heed, ada)).toContain('Ordered')
})

test('an opt-out does not follow a device to whom it belongs now', async () => {
  const [ada, ben] = [newPerson(), newPerson()]
  const tablet = ben.anonymousId
  await track({ userId: ada.userId, anonymousId: tablet, event: 'Ordered' })
  await track({ userId: ben.userId, anonymousId: tablet, event: 'Ordered' })
  await track({ userId: ada.userId, event: 'Opted Out' })
  await track({ userId: ada.userId, anonymousId: tablet, event: 'Came back' })
  await track({ anonymousId: tablet, event: 'Looked around' })
  expect(await isSuppressed(heed, userNamed(ben.userId))).toBe(false)
  expect(await collectedOf(heed, ben)).toEqual(['Ordered', 'Ordered', 'Looked around'])
})

test('a visitor without an account can opt out, and stays out when the account comes', async () => {
  const cleo = newPerson()
  await track({ anonymousId: cleo.anonymousId, event: 'Visited' })
  await track({ anonymousId: cleo.anonymousId, event: 'Opted Out' })
  await track({ anonymousId: cleo.anonymousId, event: 'Came back' })
  await track({ userId: cleo.userId, anonymousId: cleo.anonymousId, event: 'Signed up' })
  expect(await collectedOf(heed, cleo)).toEqual(['Visited', 'Opted Out'])
})
