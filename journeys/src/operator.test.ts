import { expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import { collectedOf, newPerson } from './person.ts'
import { ask, isSuppressed } from './standing.ts'

const heed = await journeyHeed()

type Source = { readonly id: string; readonly writeKey: string }

async function newSource(name: string, change: object = {}): Promise<Source> {
  return (await heed.control('/api/v1/sources', { name, ...change })) as Source
}

async function send({ writeKey }: Source, path: string, body: object): Promise<void> {
  const answer = await fetch(heed.url + path, { method: 'POST', body: JSON.stringify({ ...body, writeKey }) })
  expect(answer.status).toBe(200)
}

const track = (source: Source, userId: string, event: string) => send(source, '/v1/track', { userId, event })

const [web, app] = [await newSource('web'), await newSource('app', { trust: 'server' })]

test('a "no" to one source leaves the others alone, and the whole workspace’s outranks it', async () => {
  const ada = newPerson()
  const subject = { identifiers: [{ kind: 'userId', value: ada.userId }] }
  await track(web, ada.userId, 'Seen on web')
  await heed.control('/api/v1/requests', { type: 'suppress', subject, scope: { sources: [web.id] } })
  await track(web, ada.userId, 'Came back on web')
  await track(app, ada.userId, 'Seen in app')
  await ask(heed, 'suppress', subject.identifiers[0]!)
  await track(app, ada.userId, 'Came back in app')
  const scoped = { type: 'unsuppress', subject, scope: { sources: [web.id] } }
  await expect(heed.control('/api/v1/requests', scoped)).rejects.toThrow('409')
  await ask(heed, 'unsuppress', subject.identifiers[0]!)
  await track(web, ada.userId, 'Welcome back on web')
  await track(app, ada.userId, 'Welcome back in app')
  expect(await collectedOf(heed, ada)).toEqual([
    'Seen on web',
    'Seen in app',
    'Welcome back on web',
    'Welcome back in app',
  ])
})

test('a link the operator makes spreads a "no" to the other account, and undoing it takes no "no" back', async () => {
  const ben = newPerson()
  const [first, second] = [ben.userId, ben.other('second')]
  await track(web, first, 'Ordered')
  await ask(heed, 'suppress', { kind: 'userId', value: first })
  await track(app, second, 'Ordered as another')
  const identifiers = [first, second].map((value) => ({ kind: 'userId', value }))
  const { id } = (await heed.control('/api/v1/identity-links', { identifiers })) as { id: string }
  await track(app, second, 'Came back')
  expect(await collectedOf(heed, ben)).toEqual(['Ordered'])
  expect((await heed.call(`/api/v1/identity-links/${id}`, { method: 'DELETE' })).status).toBe(204)
  await track(app, second, 'Came back')
  expect(await collectedOf(heed, ben)).toEqual(['Ordered'])
})

test('forged opt-outs are lifted by source and interval, and nobody else’s "no" with them', async () => {
  const [victim, customer] = [newPerson(), newPerson()]
  const flooded = await newSource('flooded')
  const from = new Date(Date.now() - 60_000).toISOString()
  await track(flooded, victim.userId, 'Opted Out')
  await track(web, customer.userId, 'Opted Out')
  const to = new Date(Date.now() + 60_000).toISOString()
  expect(await heed.control('/api/v1/suppressions/lift', { source: flooded.id, from, to })).toEqual({
    lifted: 1,
  })
  await track(web, victim.userId, 'Ordered')
  await track(web, customer.userId, 'Came back')
  expect(await collectedOf(heed, victim)).toEqual(['Opted Out', 'Ordered'])
  expect(await collectedOf(heed, customer)).toEqual(['Opted Out'])
})

test('an import is judged by when each event was received, then and now', async () => {
  const cleo = newPerson()
  const received = (receivedAt: Date, event: string) => ({
    type: 'track',
    userId: cleo.userId,
    event,
    receivedAt,
  })
  const before = new Date(Date.now() - 3_600_000)
  await track(web, cleo.userId, 'Ordered')
  await ask(heed, 'suppress', { kind: 'userId', value: cleo.userId })
  const meanwhile = new Date()
  await send(app, '/v1/import', { batch: [received(before, 'From the archive, too soon')] })
  await ask(heed, 'unsuppress', { kind: 'userId', value: cleo.userId })
  await send(app, '/v1/import', {
    batch: [received(before, 'From the archive'), received(meanwhile, 'Came back')],
  })
  expect(await collectedOf(heed, cleo)).toEqual(['Ordered', 'From the archive'])
})

test('a source that may not suppress takes an opt-out for an event like any other', async () => {
  const dora = newPerson()
  const kiosk = await newSource('kiosk', { settings: { maySuppress: false } })
  await track(kiosk, dora.userId, 'Opted Out')
  await track(kiosk, dora.userId, 'Ordered')
  expect(await collectedOf(heed, dora)).toEqual(['Opted Out', 'Ordered'])
  expect(await isSuppressed(heed, { kind: 'userId', value: dora.userId })).toBe(false)
})

test('the opt-out of a source has the name the operator gave it', async () => {
  const eve = newPerson()
  const shop = await newSource('shop', { settings: { optOutEventName: 'Privacy: stop' } })
  await track(shop, eve.userId, 'Opted Out')
  await track(shop, eve.userId, 'Privacy: stop')
  await track(shop, eve.userId, 'Came back')
  expect(await collectedOf(heed, eve)).toEqual(['Opted Out', 'Privacy: stop'])
})
