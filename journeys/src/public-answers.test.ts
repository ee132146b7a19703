import { beforeAll, describe, expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import { type RawCall, rawAnswer } from './clients/raw-call.ts'
import { collectedOf, newPerson, type Person } from './person.ts'
import { ask } from './standing.ts'

const heed = await journeyHeed()
const { writeKey } = heed

const basic = { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}` }
const inAddress = (value: object) => encodeURIComponent(Buffer.from(JSON.stringify(value)).toString('base64'))
const post = (path: string, body: object, headers: Record<string, string> = basic): RawCall => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** Every public door, as one person's client would call it. */
const DOORS: Readonly<Record<string, (person: Person) => RawCall>> = {
  track: ({ userId }) => post('/v1/track', { userId, event: 'Viewed' }),
  'track from a page': ({ userId }) =>
    post('/v1/t', { userId, event: 'Viewed', writeKey }, { origin: 'https://shop.example' }),
  identify: ({ userId, anonymousId, email }) =>
    post('/v1/identify', { userId, anonymousId, traits: { email } }),
  page: ({ anonymousId }) => post('/v1/page', { anonymousId, name: 'Basket' }),
  screen: ({ anonymousId }) => post('/v1/s', { anonymousId, name: 'Basket' }),
  group: ({ userId }) => post('/v1/group', { userId, groupId: 'a' }),
  alias: ({ userId, other }) => post('/v1/alias', { userId, previousId: other('before') }),
  batch: ({ userId, anonymousId }) =>
    post('/v1/batch', {
      batch: [
        { type: 'track', userId, event: 'Viewed' },
        { type: 'page', anonymousId },
      ],
    }),
  import: ({ userId }) => post('/v1/import', { batch: [{ type: 'track', userId, event: 'Viewed' }] }),
  'an opt-out once more': ({ userId }) => post('/v1/track', { userId, event: 'Opted Out' }),
  pixel: ({ userId }) => ({
    method: 'GET',
    path: `/v1/pixel/track?data=${inAddress({ writeKey, userId, event: 'Viewed' })}`,
  }),
  'Cooladata track': ({ userId }) =>
    post(`/v3/${writeKey}/track`, { events: [{ event_name: 'level up', user_id: userId }] }, {}),
  'Cooladata image': ({ userId }) => ({
    method: 'GET',
    path: `/egw/5/${writeKey}/track/__cool.gif?data=${inAddress({ events: [{ event_name: 'level up', user_id: userId }] })}`,
  }),
  settings: () => ({ method: 'GET', path: `/v1/projects/${writeKey}/settings` }),
}

describe.each(Object.entries(DOORS))('%s', (_name, callOf) => {
  const [stranger, known, suppressed] = [newPerson(), newPerson(), newPerson()]

  beforeAll(async () => {
    for (const person of [known, suppressed]) {
      const { userId, anonymousId, email } = person
      await rawAnswer(heed.url, post('/v1/identify', { userId, anonymousId, traits: { email } }))
    }
    await ask(heed, 'suppress', { kind: 'email', value: suppressed.email })
  })

  test('a suppressed person’s client gets the same bytes as a known one’s and a stranger’s', async () => {
    const before = await collectedOf(heed, suppressed)
    const answer = await rawAnswer(heed.url, callOf(suppressed))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toBe(await rawAnswer(heed.url, callOf(known)))
    expect(answer).toBe(await rawAnswer(heed.url, callOf(stranger)))
    expect(await collectedOf(heed, suppressed)).toEqual(before)
  })

  test('a repeat is answered like the first', async () => {
    const first = await rawAnswer(heed.url, callOf(known))
    expect(await rawAnswer(heed.url, callOf(known))).toBe(first)
    expect(await rawAnswer(heed.url, callOf(suppressed))).toBe(first)
  })
})

test('no answer to a public key says who is known or suppressed, whatever header it comes with', async () => {
  const [known, suppressed] = [newPerson(), newPerson()]
  await rawAnswer(heed.url, DOORS.identify!(known))
  await ask(heed, 'suppress', { kind: 'userId', value: suppressed.userId })
  const asked = (person: Person, headers: Record<string, string>) => {
    const item = { type: 'track', userId: person.userId, event: 'Viewed', writeKey }
    return rawAnswer(heed.url, post('/v1/batch', { batch: [item], writeKey }, headers))
  }
  for (const headers of [
    { ...basic, 'heed-token': writeKey },
    { authorization: `Bearer ${writeKey}` },
    { authorization: 'Bearer hd_nothing' },
    basic,
  ]) {
    expect(await asked(suppressed, headers)).toBe(await asked(known, headers))
  }
})

test('the operator sees why what the client’s 200 did not say', async () => {
  const gus = newPerson()
  await ask(heed, 'suppress', { kind: 'userId', value: gus.userId })
  const call = post(
    '/v1/batch',
    { batch: [{ type: 'track', userId: gus.userId, event: 'Viewed' }] },
    {
      ...basic,
      'heed-token': heed.adminToken,
    },
  )
  expect(await rawAnswer(heed.url, call)).toContain('{"verdicts":[{"kind":"suppressed"')
  const identifier = { kind: 'userId', value: gus.userId }
  expect(await heed.control('/api/v1/explain', { identifier })).toMatchObject({
    suppressed: true,
    causes: [{ kind: 'suppress-request', until: null }],
    dropped: { total: 1 },
  })
})
