import { expect, test } from 'vitest'
import { askingWorld } from '../../asking/testing/asking-world.ts'
import { rollUpDrops } from '../../jobs/roll-up-drops.ts'

const world = await askingWorld()
const { get } = world

type Page = { data: { id: string; name: string | null }[]; nextCursor: string | null }

async function everyPage(path: string): Promise<Page['data']> {
  const rows: Page['data'] = []
  let page: Page = (await get(path)).json()
  for (;;) {
    rows.push(...page.data)
    if (page.nextCursor === null) return rows
    page = (await get(`${path}${path.includes('?') ? '&' : '?'}cursor=${page.nextCursor}`)).json()
  }
}

const USER = { kind: 'userId', value: 'u1' }

test('shows an event with everything that was sent, opened, under the person it belongs to now', async () => {
  const root = await world.person(USER)
  const part = await world.person({ kind: 'anonymousId', value: 'a1' })
  await world.merge(part, root)
  const id = await world.event(part, {
    name: 'Bought',
    content: { userId: 'u1', properties: { what: 'tea' } },
  })
  expect((await get('/events')).json()).toEqual({
    data: [
      {
        id,
        subjectId: root.id,
        type: 'track',
        name: 'Bought',
        sourceId: `src_${await world.sourceId()}`,
        eventAt: '2026-11-20T12:00:00.000Z',
        receivedAt: '2026-11-20T12:00:00.000Z',
        campaign: null,
        revenue: null,
        currency: null,
        content: { userId: 'u1', properties: { what: 'tea' } },
      },
    ],
    nextCursor: null,
    restrictedSubjects: [],
  })
})

test('lists newest arrival first, every event once, whatever the size of a page', async () => {
  const people = [await world.person(USER), await world.person({ kind: 'userId', value: 'u2' })]
  const ids: string[] = []
  for (let count = 0; count < 13; count += 1) {
    ids.unshift(await world.event(people[count % 2]!, { name: count % 3 === 0 ? 'A' : 'B' }))
  }
  const listed = async (path: string) => (await everyPage(path)).map(({ id }) => id)
  for (const limit of [1, 2, 5, 12, 13, 1000]) expect(await listed(`/events?limit=${limit}`)).toEqual(ids)
  const ofA = ids.filter((_id, at) => (12 - at) % 3 === 0)
  expect(await listed('/events?name=A&limit=2')).toEqual(ofA)
  const ofFirst = ids.filter((_id, at) => (12 - at) % 2 === 0)
  expect(await listed(`/events?subject=${people[0]!.id}&limit=3`)).toEqual(ofFirst)
  expect(await listed(`/events?subject=${people[0]!.id}&name=A&limit=1`)).toEqual(
    ids.filter((_id, at) => (12 - at) % 6 === 0),
  )
})

test('filters by type, source and the time of the event', async () => {
  const person = await world.person(USER)
  const sourceId = '018f0000-0000-7000-8000-00000000000a'
  const track = await world.event(person, { at: new Date('2026-11-10T00:00:00Z') })
  const page = await world.event(person, {
    type: 'page',
    name: null,
    sourceId,
    at: new Date('2026-11-11T00:00:00Z'),
  })
  const ids = async (filter: string) => (await everyPage(`/events?${filter}`)).map(({ id }) => id)
  expect(await ids('type=page')).toEqual([page])
  expect(await ids(`source=src_${sourceId}`)).toEqual([page])
  expect(await ids('from=2026-11-10T00:00:00Z&to=2026-11-11T00:00:00Z')).toEqual([track])
  expect(await ids('from=2026-11-11T00:00:00%2B00:00')).toEqual([page])
  expect(await ids('type=track&from=2026-11-11T00:00:00Z')).toEqual([])
})

test('shows nothing of an erased person, not even the name and time of an event, and pages on past them', async () => {
  const kept = await world.person(USER)
  const erased = await world.person({ kind: 'userId', value: 'u2' })
  const part = await world.person({ kind: 'anonymousId', value: 'a2' })
  await world.merge(part, erased)
  const id = await world.event(kept)
  for (let count = 0; count < 4; count += 1) await world.event(count % 2 === 0 ? erased : part)
  await world.erase(erased)
  expect((await everyPage('/events?limit=2')).map(({ id }) => id)).toEqual([id])
  expect(await everyPage(`/events?subject=${erased.id}`)).toEqual([])
})

test('shows nothing whose key has gone since the rows were read', async () => {
  const person = await world.person(USER)
  await world.event(person)
  await world.db.pool.query('delete from subject_key')
  expect((await get('/events')).json()).toMatchObject({ data: [], nextCursor: null })
  expect(
    (
      await world.post('/query', { query: 'select event_name from cooladata where date_range (last 7 days)' })
    ).json().data,
  ).toEqual([])
})

test('refuses what it does not understand and shows none of it', async () => {
  for (const query of [
    'limit=1001',
    'limit=0',
    'cursor=lovelace',
    'cursor=YWRhCjAxOGYwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMQ',
    'cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTkKMDE4ZjAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx',
    'cursor=OTIyMzM3MjAzNjg1NDc3NTgwOAowMThmMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE',
    'cursor=MQphZGE',
    'source=lovelace',
    'type=bought',
    'from=yesterday',
    'user=lovelace',
  ]) {
    const answer = await get(`/events?${query}`)
    expect(answer.json()).toMatchObject({ code: 'invalid-body', status: 400 })
    expect(answer.body).not.toContain('lovelace')
  }
})

test('counts what was refused by hour, source and reason, rolled up or not', async () => {
  const sourceId = await world.sourceId()
  const digest = await world.digest(USER)
  const item = (reason: string) => ({ reason, digest, sourceId })
  await world.dropBatch([item('suppressed'), item('suppressed')], new Date('2026-11-20T10:59:00Z'))
  await world.dropBatch([item('suppressed'), item('device-suppressed')], new Date('2026-11-20T11:01:00Z'))
  const row = (hour: string, reason: string, dropped: number) => ({
    hour: `2026-11-20T${hour}:00:00.000Z`,
    sourceId: `src_${sourceId}`,
    reason,
    dropped,
  })
  const all = [row('11', 'device-suppressed', 1), row('11', 'suppressed', 1), row('10', 'suppressed', 2)]
  expect((await get('/drops')).json()).toEqual({ data: all, nextCursor: null })
  await rollUpDrops(world.db.pool)
  expect((await get('/drops')).json()).toEqual({ data: all, nextCursor: null })
  await world.dropBatch([item('suppressed')], new Date('2026-11-20T11:30:00Z'))
  all[1] = row('11', 'suppressed', 2)
  expect(await everyPage('/drops?limit=1')).toEqual(all)
  expect(await everyPage('/drops?from=2026-11-20T11:00:00Z')).toEqual(all.slice(0, 2))
  expect(await everyPage('/drops?to=2026-11-20T10:00:00Z')).toEqual(all.slice(2))
})
