import { beforeAll, describe, expect, test } from 'vitest'
import { type ControlDoor, controlDoor } from './boot/control-door.ts'
import { journeyHeed } from './boot/journey-heed.ts'
import { collectedOf, newPerson } from './person.ts'
import { ask, isSuppressed } from './standing.ts'

const heed = await journeyHeed()

type Tenant = { readonly door: ControlDoor; readonly writeKey: string; readonly sourceId: string }

async function newTenant(name: string): Promise<Tenant> {
  const { token } = (await heed.control('/api/v1/workspaces', { name })) as { token: string }
  const door = controlDoor(heed.url, token)
  const source = await door.control('/api/v1/sources', { name: 'web', trust: 'client' })
  const { id, writeKey } = source as { id: string; writeKey: string }
  return { door, writeKey, sourceId: id }
}

async function track({ writeKey }: Tenant, userId: string, event: string): Promise<void> {
  const answer = await fetch(`${heed.url}/v1/track`, {
    method: 'POST',
    body: JSON.stringify({ writeKey, userId, event, anonymousId: `device of ${userId}` }),
  })
  expect(answer.status).toBe(200)
}

const [shop, game] = [await newTenant('Shop'), await newTenant('Game')]

test('one person in two workspaces is two people: a "no" in one is none in the other', async () => {
  const ada = newPerson()
  await track(shop, ada.userId, 'Ordered')
  await track(game, ada.userId, 'Played')
  await ask(shop.door, 'suppress', { kind: 'userId', value: ada.userId })
  await track(shop, ada.userId, 'Ordered again')
  await track(game, ada.userId, 'Played again')
  expect(await collectedOf(shop.door, ada)).toEqual(['Ordered'])
  expect(await collectedOf(game.door, ada)).toEqual(['Played', 'Played again'])
  expect(await isSuppressed(game.door, { kind: 'userId', value: ada.userId })).toBe(false)
})

describe('what one workspace has made', () => {
  const ben = newPerson()
  const identifier = { kind: 'userId', value: ben.userId }
  let subjectId = ''
  let requestId = ''
  let tokenId = ''

  beforeAll(async () => {
    await track(shop, ben.userId, 'Ordered')
    const found = (await shop.door.control('/api/v1/subjects/lookup', { identifier })) as Page
    subjectId = found.data[0]!.id
    const subject = { identifiers: [identifier] }
    requestId = ((await shop.door.control('/api/v1/requests', { type: 'suppress', subject })) as Row).id
    tokenId = ((await shop.door.control('/api/v1/tokens')) as Page).data[0]!.id
  })

  test('is not there for another, by whatever id it is asked for', async () => {
    const paths = [
      `/api/v1/subjects/${subjectId}`,
      `/api/v1/subjects/${subjectId}/timeline`,
      `/api/v1/requests/${requestId}`,
      `/api/v1/sources/${shop.sourceId}`,
    ]
    for (const path of paths) {
      expect((await shop.door.call(path)).status).toBe(200)
      expect([path, (await game.door.call(path)).status]).toEqual([path, 404])
    }
  })

  test('is in no list, look-up, explanation or query of another', async () => {
    const other = newPerson()
    await track(game, other.userId, 'Ordered')
    expect(await game.door.control('/api/v1/subjects/lookup', { identifier })).toMatchObject({ data: [] })
    expect(await game.door.control('/api/v1/explain', { identifier })).toMatchObject({
      suppressed: false,
      causes: [],
      subjects: [],
      dropped: { total: 0 },
    })
    const query =
      'select customer_user_id from cooladata where date_range(last 7 days) and event_name = "Ordered"'
    const answers = [
      await game.door.control('/api/v1/query', { query }),
      await game.door.control('/api/v1/requests'),
      await game.door.control('/api/v1/suppressions'),
      await game.door.control('/api/v1/sources'),
      await game.door.control('/api/v1/tokens'),
      await game.door.control('/api/v1/workspaces'),
      await game.door.control('/api/v1/drops'),
      await game.door.events(),
      await game.door.events({ source: shop.sourceId }),
    ]
    const told = JSON.stringify(answers)
    expect(told).toContain(other.mark)
    for (const secret of [ben.mark, subjectId, requestId, shop.sourceId, tokenId, 'Shop'])
      expect(told).not.toContain(secret)
    expect(await game.door.call(`/api/v1/events?subject=${subjectId}`).then(events)).toEqual([])
  })

  test('cannot be changed by another', async () => {
    const identifiers = [{ kind: 'userId', value: newPerson().userId }]
    const attempts: readonly [string, string, object | null][] = [
      ['PATCH', `/api/v1/sources/${shop.sourceId}`, { enabled: false }],
      ['DELETE', `/api/v1/tokens/${tokenId}`, null],
      [
        'POST',
        '/api/v1/requests',
        { type: 'suppress', subject: { identifiers }, scope: { sources: [shop.sourceId] } },
      ],
      ['POST', '/api/v1/sources', { name: 'thief', writeKey: shop.writeKey }],
    ]
    for (const [method, path, body] of attempts) {
      const { status } = await send(game.door, { method, path, body })
      expect([path, status >= 400 && status < 500]).toEqual([path, true])
    }
    const dora = newPerson()
    await track(shop, dora.userId, 'Opted Out')
    const ever = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }
    await send(game.door, {
      method: 'POST',
      path: '/api/v1/suppressions/lift',
      body: { source: shop.sourceId, ...ever },
    })
    await ask(game.door, 'unsuppress', identifier)
    expect(await isSuppressed(shop.door, identifier)).toBe(true)
    expect(await isSuppressed(shop.door, { kind: 'userId', value: dora.userId })).toBe(true)
    const cleo = newPerson()
    await track(shop, cleo.userId, 'Ordered')
    expect(await collectedOf(shop.door, cleo)).toEqual(['Ordered'])
  })
})

test('a write key can only write: no route of the control API takes it', async () => {
  const { paths } = (await (await fetch(`${heed.url}/openapi.json`)).json()) as OpenApi
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      path,
      method,
      isGuarded: security !== undefined,
    })),
  )
  const guarded = routes.filter(({ path }) => path.startsWith('/api/'))
  expect(guarded.length).toBeGreaterThan(20)
  for (const [at, { path, method, isGuarded }] of guarded.entries()) {
    expect([path, isGuarded]).toEqual([path, true])
    const answers = await Promise.all(
      [`Bearer ${heed.writeKey}`, `Basic ${btoa(`${heed.writeKey}:`)}`].map((authorization) =>
        fetch(heed.url + path.replace(/\{\w+\}/g, 'sub_01990000-0000-7000-8000-000000000000'), {
          method: method.toUpperCase(),
          // Each route from another address: whoever tries many wrong tokens from one is told to wait instead.
          headers: { authorization, 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${at}` },
          ...(method === 'get' ? {} : { body: '{}' }),
        }),
      ),
    )
    expect([method, path, ...answers.map(({ status }) => status)]).toEqual([method, path, 401, 401])
  }
})

type Row = { readonly id: string }
type Page = { readonly data: readonly Row[] }
type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: unknown }>>>>
}

/** Nothing of another workspace: an empty list, or a refusal to look. */
async function events(answer: Response): Promise<readonly unknown[]> {
  return answer.ok ? ((await answer.json()) as Page).data : []
}

function send(
  { call }: ControlDoor,
  { method, path, body }: { method: string; path: string; body: object | null },
): Promise<Response> {
  const content =
    body === null ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return call(path, { method, ...content })
}
