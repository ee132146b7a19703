import { expect, test } from 'vitest'
import { askingWorld } from '../../asking/testing/asking-world.ts'

const world = await askingWorld()
const { get, post } = world

const ADA = { kind: 'email', value: 'ada@example.com' }
const USER = { kind: 'userId', value: 'u1' }

test('finds the owner first, then everybody who named the identifier, under any spelling', async () => {
  const owner = await world.person(ADA)
  const other = await world.person(USER)
  await world.mention(other, ADA)
  const answer = await post('/subjects/lookup', { identifier: { kind: 'email', value: ' ADA@Example.com ' } })
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({
    data: [
      { id: owner.id, isOwner: true },
      { id: other.id, isOwner: false },
    ],
    nextCursor: null,
  })
})

test('answers the root of what was merged, and one person once', async () => {
  const root = await world.person(USER)
  const part = await world.person(ADA)
  await world.merge(part, root)
  await world.mention(root, ADA)
  const { data } = (await post('/subjects/lookup', { identifier: ADA })).json()
  expect(data).toEqual([{ id: root.id, restricted: false, isOwner: true, createdAt: expect.any(String) }])
})

test('finds an erased person by nothing', async () => {
  const erased = await world.person(ADA)
  const part = await world.person(USER)
  await world.merge(part, erased)
  await world.erase(erased)
  for (const identifier of [ADA, USER]) {
    expect((await post('/subjects/lookup', { identifier })).json().data).toEqual([])
    expect((await post('/explain', { identifier })).json().subjects).toEqual([])
  }
})

test('refuses an identifier that names nobody: blank, misspelt kind', async () => {
  for (const identifier of [
    { kind: 'email', value: ' ' },
    { kind: 'Email', value: 'a@b.c' },
    { kind: 'userId', value: 1.5 },
  ]) {
    const answer = await post('/subjects/lookup', { identifier })
    expect(answer.json()).toMatchObject({ code: 'invalid-identifier', status: 422 })
  }
})

test('shows one person with every part that was merged: identifiers, traits by newest client time, first and last seen', async () => {
  const root = await world.person(USER)
  const part = await world.person(ADA)
  await world.merge(part, root)
  await world.profile(root, { plan: { value: 'pro', at: 2 }, city: { value: 'Paris', at: 1 } })
  await world.profile(part, { plan: { value: 'free', at: 1 }, city: { value: 'Rome', at: 3 } })
  await world.event(part, { at: new Date('2026-11-18T00:00:00Z') })
  await world.event(root, { at: new Date('2026-11-19T00:00:00Z') })
  const page = (await get(`/subjects/${part.id}`)).json()
  expect(page).toMatchObject({
    id: root.id,
    traits: { plan: 'pro', city: 'Rome' },
    firstSeenAt: '2026-11-18T00:00:00.000Z',
    lastSeenAt: '2026-11-19T00:00:00.000Z',
    dataDeletedAt: null,
    standing: { suppressed: false, since: null, causes: [] },
  })
  expect(page.identifiers).toMatchObject([
    { ...USER, provenance: 'client' },
    { ...ADA, provenance: 'client' },
  ])
})

test('shows every cause, and that the person is suppressed since the earliest open one', async () => {
  const person = await world.person(USER, ADA)
  const lifted = await world.suppress([USER], {
    from: new Date('2026-11-01T00:00:00Z'),
    until: new Date('2026-11-02T00:00:00Z'),
  })
  const second = await world.suppress([ADA], { from: new Date('2026-11-03T00:00:00Z') })
  const own = await world.suppress([], { by: person, from: new Date('2026-11-04T00:00:00Z') })
  const { standing } = (await get(`/subjects/${person.id}`)).json()
  expect(standing).toMatchObject({ suppressed: true, since: '2026-11-03T00:00:00.000Z' })
  expect(standing.causes.map(({ cause }: { cause: string }) => cause)).toEqual([lifted, second, own])
})

test('shows nothing personal of somebody whose key has gone, and says so of an erased person', async () => {
  const person = await world.person(USER)
  await world.profile(person, { plan: { value: 'pro', at: 1 } })
  await world.event(person)
  await world.db.pool.query('delete from subject_key')
  expect((await get(`/subjects/${person.id}`)).json()).toMatchObject({
    identifiers: [{ kind: 'userId', value: null }],
    traits: {},
  })
  await world.erase(person)
  expect((await get(`/subjects/${person.id}`)).json()).toMatchObject({
    identifiers: [],
    traits: {},
    firstSeenAt: null,
    lastSeenAt: null,
    dataDeletedAt: '2026-11-20T12:00:00.000Z',
  })
  expect((await get(`/subjects/${person.id}/timeline`)).json()).toMatchObject({ data: [], nextCursor: null })
})

test('tells a life newest first, with the "no" and its end among the events, page by page', async () => {
  const root = await world.person(USER)
  const part = await world.person(ADA)
  await world.merge(part, root)
  const first = await world.event(part, { name: 'A' })
  const cause = await world.suppress([USER], { until: new Date('2026-11-21T00:00:00Z') })
  const second = await world.event(root, { name: 'B' })
  const third = await world.event(part, { name: 'C' })

  const told: unknown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { data: unknown[]; nextCursor: string | null } = (
      await get(`/subjects/${root.id}/timeline?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).json()
    expect(page.data.length).toBeLessThanOrEqual(2)
    told.push(...page.data)
    cursor = page.nextCursor
  }
  expect(told).toMatchObject([
    { kind: 'event', event: { id: third } },
    { kind: 'event', event: { id: second } },
    { kind: 'unsuppressed', at: '2026-11-21T00:00:00.000Z', cause: { cause } },
    { kind: 'suppressed', at: '2026-11-20T12:00:00.000Z', cause: { cause } },
    { kind: 'event', event: { id: first } },
  ])
  expect((await get(`/subjects/${root.id}/timeline`)).json()).toEqual({
    data: told,
    nextCursor: null,
    restrictedSubjects: [],
  })
})

test('says not-found of an id that is nobody, of another kind, or of another workspace', async () => {
  const stranger = await world.person(USER)
  const other = (
    await world.db.pool.query(
      `insert into workspace values (gen_random_uuid(), 'other', now()) returning workspace_id`,
    )
  ).rows[0]
  await world.db.pool.query(
    'insert into subject (workspace_id, subject_id, created_at) values ($1, $2, now())',
    [other.workspace_id, '018f0000-0000-7000-8000-000000000001'],
  )
  for (const id of ['sub_018f0000-0000-7000-8000-000000000001', stranger.id.replace('sub', 'evt'), 'sub_x']) {
    expect((await get(`/subjects/${id}`)).statusCode).toBe(404)
    expect((await get(`/subjects/${id}/timeline`)).statusCode).toBe(404)
    expect((await get(`/events?subject=${id}`)).statusCode).toBe(404)
  }
})

test('records every look with the route, the rows, the person and who looked, and logs no identifier', async () => {
  const person = await world.person(ADA)
  await world.event(person)
  await post('/subjects/lookup', { identifier: ADA })
  await get(`/subjects/${person.id}`)
  await get(`/subjects/${person.id}/timeline`)
  await get('/events')
  await post('/explain', { identifier: ADA })
  await post('/query', { query: 'select customer_user_id from cooladata where date_range (last 7 days)' })
  const { subjectId: subject_id } = person
  const actor = expect.stringMatching(/^token:tok_/)
  expect(await world.looks()).toEqual([
    { actor, subject_id, body: { door: 'POST /api/v1/subjects/lookup', rows: 1 } },
    { actor, subject_id, body: { door: 'GET /api/v1/subjects/:id', rows: 1 } },
    { actor, subject_id, body: { door: 'GET /api/v1/subjects/:id/timeline', rows: 1 } },
    { actor, subject_id: null, body: { door: 'GET /api/v1/events', rows: 1 } },
    { actor, subject_id, body: { door: 'POST /api/v1/explain', rows: 1 } },
    { actor, subject_id: null, body: { door: 'POST /api/v1/query', rows: 1 } },
  ])
  expect(await world.output.leaks([ADA.value, (await world.digest(ADA)).toString('hex')])).toEqual([])
})
