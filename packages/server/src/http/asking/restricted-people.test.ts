import { beforeEach, describe, expect, test } from 'vitest'
import { askingWorld } from '../../asking/testing/asking-world.ts'
import type { TestPerson } from '../../asking/testing/people-of.ts'

const world = await askingWorld()

const ADA = { kind: 'email', value: 'ada@example.com' }
const BOB = { kind: 'userId', value: 'bob' }
const READING = ['subjects:read', 'events:read', 'query:read']
const QUERY = 'select customer_user_id, event_name from cooladata where date_range (last 7 days)'

let ada: TestPerson
let part: TestPerson
let bob: TestPerson
let others: Awaited<ReturnType<typeof world.asToken>>
let allowed: typeof others

beforeEach(async () => {
  part = await world.person({ kind: 'anonymousId', value: 'a1' })
  ada = await world.person(ADA)
  bob = await world.person(BOB)
  await world.merge(part, ada)
  await world.profile(ada, { city: { value: 'Paris', at: 1 } })
  for (const person of [ada, part, bob]) await world.event(person, { content: { userId: 'from-the-event' } })
  others = await world.asToken(READING)
  allowed = await world.asToken([...READING, 'privacy:read'])
})

const subjectsIn = (answer: { json: () => { data: { subjectId: string }[] } }) =>
  answer.json().data.map(({ subjectId }) => subjectId)

describe.each([
  ['the person', () => ada],
  ['a part that was merged into them', () => part],
])('restricting %s', (_, restricted) => {
  beforeEach(() => world.restrict(restricted()))

  test('leaves of a look-up the id and the word', async () => {
    const asked = { identifier: ADA }
    expect((await others.post('/subjects/lookup', asked)).json().data).toEqual([
      { id: ada.id, restricted: true, isOwner: true, createdAt: null },
    ])
    expect((await allowed.post('/subjects/lookup', asked)).json().data).toEqual([
      { id: ada.id, restricted: true, isOwner: true, createdAt: expect.any(String) },
    ])
  })

  test("leaves of the person's page the id, the word and how they stand", async () => {
    expect((await others.get(`/subjects/${part.id}`)).json()).toEqual({
      id: ada.id,
      restricted: true,
      identifiers: [],
      traits: {},
      createdAt: null,
      firstSeenAt: null,
      lastSeenAt: null,
      standing: expect.any(Object),
      dataDeletedAt: null,
    })
    expect((await allowed.get(`/subjects/${part.id}`)).json()).toMatchObject({
      restricted: true,
      traits: { city: 'Paris' },
    })
  })

  test('empties the timeline', async () => {
    const hidden = { data: [], nextCursor: null, restrictedSubjects: [ada.id] }
    expect((await others.get(`/subjects/${ada.id}/timeline?limit=1`)).json()).toEqual(hidden)
    const shown = (await allowed.get(`/subjects/${ada.id}/timeline`)).json()
    expect(shown).toMatchObject({ data: [{ kind: 'event' }, { kind: 'event' }], restrictedSubjects: [] })
  })

  test('takes their events out of every list, and says whose', async () => {
    const page = await others.get('/events')
    expect(subjectsIn(page)).toEqual([bob.id])
    expect(page.json().restrictedSubjects).toEqual([ada.id])
    expect(subjectsIn(await others.get(`/events?subject=${part.id}`))).toEqual([])
    expect(subjectsIn(await allowed.get('/events'))).toEqual([bob.id, ada.id, ada.id])
  })

  test('takes their rows out of a query, as JSON and as CSV', async () => {
    const question = { query: QUERY }
    expect((await others.post('/query', question)).json()).toMatchObject({
      data: [{ event_name: 'Viewed' }],
      restrictedRows: 2,
    })
    const csv = await others.post('/query', { ...question, format: 'csv' })
    expect(csv.body.trim().split('\r\n')).toHaveLength(2)
    expect((await allowed.post('/query', question)).json()).toMatchObject({ restrictedRows: 0 })
  })

  test('leaves explain as it was', async () => {
    const answer = await others.post('/explain', { identifier: ADA })
    expect(answer.json()).toMatchObject({ subjects: [ada.id] })
  })
})

test('shows everything again when the restriction has been lifted', async () => {
  await world.restrict(ada, new Date('2026-11-21T00:00:00Z'))
  expect((await others.get(`/subjects/${ada.id}`)).json()).toMatchObject({
    restricted: false,
    traits: { city: 'Paris' },
  })
  expect(subjectsIn(await others.get('/events'))).toHaveLength(3)
})

test('hides a person whose restriction a restored database knows from the no-journal alone', async () => {
  const cause = await world.suppress([ADA], { by: part })
  const close = "update suppression_cause set kind = 'restrict-request' where 'cau_' || cause = $1"
  await world.db.pool.query(close, [cause])
  expect((await others.get(`/subjects/${ada.id}`)).json()).toMatchObject({ restricted: true, traits: {} })
})

test('records a look that was shown nothing as a look at nothing', async () => {
  await world.restrict(ada)
  await others.get(`/events?subject=${ada.id}`)
  expect((await world.looks()).at(-1)).toMatchObject({ body: { rows: 0 }, subject_id: ada.subjectId })
})
