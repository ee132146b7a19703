import { expect, test } from 'vitest'
import { askingWorld } from '../../asking/testing/asking-world.ts'

const world = await askingWorld()
const ask = (query: string, format?: 'json' | 'csv') => world.post('/query', { query, format })

/** As the opt-out page prints it. */
const SEED =
  'select customer_user_id, event_time_ts as time_of_request\nfrom cooladata \nwhere date_range (last 7 days) and event_name in ("cooladata_opt_out")\n'

const optOut = (userId: unknown, at = new Date('2026-11-20T09:08:07.654Z')) => ({
  name: 'cooladata_opt_out',
  at,
  content: { userId },
})

test('answers the query of the opt-out page: who asked in the last 7 days, and when', async () => {
  const person = await world.person({ kind: 'userId', value: 'Ada-1' })
  await world.event(person, optOut('Ada-1', new Date('2026-11-14T11:59:59Z')))
  await world.event(person, { name: 'Viewed', content: { userId: 'Ada-1' } })
  await world.event(person, optOut('Ada-1'))
  expect((await ask(SEED)).json()).toEqual({
    columns: ['customer_user_id', 'time_of_request'],
    from: '2026-11-14T12:00:00.000Z',
    until: null,
    data: [{ customer_user_id: 'Ada-1', time_of_request: '2026-11-20 09:08:07' }],
    isComplete: true,
    restrictedRows: 0,
  })
})

test('names the person of an event without a user id by the first user id known of them, and nobody by another', async () => {
  const root = await world.person({ kind: 'userId', value: 'u1' })
  const part = await world.person({ kind: 'anonymousId', value: 'a1' })
  const stranger = await world.person({ kind: 'anonymousId', value: 'a2' })
  await world.merge(part, root)
  await world.event(root, optOut(17))
  await world.event(part, optOut(null))
  await world.event(part, optOut(''))
  await world.event(stranger, { name: 'cooladata_opt_out', content: {} })
  const { data } = (await ask(SEED)).json()
  expect(data.map(({ customer_user_id }: { customer_user_id: string }) => customer_user_id)).toEqual([
    null,
    'u1',
    'u1',
    '17',
  ])
})

test('writes CSV by RFC 4180, and no field that a spreadsheet would run', async () => {
  const person = await world.person({ kind: 'userId', value: 'u1' })
  for (const userId of ['plain', 'a,"b"\r\nc', '=1+1', '+1', '-1', '@x', '\t=1', ' =1', '＝1'])
    await world.event(person, optOut(userId))
  await world.db.pool.query(`update source set name = '=cmd()'`)
  const answer = await ask(
    'select customer_user_id as `=id`, source from cooladata where date_range (last 7 days) and event_name = "cooladata_opt_out"',
    'csv',
  )
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(answer.body).toBe(
    [
      "'=id,source",
      ...["'＝1", "' =1", "'\t=1", "'@x", "'-1", "'+1", "'=1+1", '"a,""b""\r\nc"', 'plain'].map(
        (id) => `${id},'=cmd()`,
      ),
      '',
    ].join('\r\n'),
  )
})

test('answers only the header, or an empty list, when nothing matches', async () => {
  expect((await ask(SEED, 'csv')).body).toBe('customer_user_id,time_of_request\r\n')
  expect((await ask(SEED)).json()).toMatchObject({ data: [], isComplete: true })
})

test('takes the two days whole, in UTC', async () => {
  const person = await world.person({ kind: 'userId', value: 'u1' })
  for (const day of [
    '2026-10-31T23:59:59Z',
    '2026-11-01T00:00:00Z',
    '2026-11-02T23:59:59Z',
    '2026-11-03T00:00:00Z',
  ]) {
    await world.event(person, { at: new Date(day) })
  }
  const { data } = (
    await ask('select event_time_ts from cooladata where date_range (2026-11-01, 2026-11-02)')
  ).json()
  expect(data).toEqual([{ event_time_ts: '2026-11-02 23:59:59' }, { event_time_ts: '2026-11-01 00:00:00' }])
})

test('says when the limit cut the answer, and leaves erased people out', async () => {
  const person = await world.person({ kind: 'userId', value: 'u1' })
  const erased = await world.person({ kind: 'userId', value: 'u2' })
  for (let count = 0; count < 3; count += 1) await world.event(person)
  await world.event(erased)
  await world.erase(erased)
  const limited = async (limit: number) =>
    (await ask(`select event_name from cooladata where date_range (last 7 days) limit ${limit}`)).json()
  expect(await limited(2)).toMatchObject({ data: [{}, {}], isComplete: false })
  expect((await limited(2)).data).toHaveLength(2)
  expect(await limited(3)).toMatchObject({ isComplete: true })
})

test('streams more rows than a page holds, each once, and records every page', async () => {
  const person = await world.person({ kind: 'userId', value: 'u1' })
  await world.event(person)
  await world.db.pool.query(
    `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at)
     select workspace_id, gen_random_uuid(), nextval('fact_seq'), subject_id, key_id, source_id, type, n::text, event_at, received_at
     from event, generate_series(1, 2499) as n`,
  )
  const query = 'select event_name from cooladata where date_range (last 7 days)'
  const { data, isComplete } = (await ask(query)).json()
  expect(isComplete).toBe(true)
  expect(new Set(data.map(({ event_name }: { event_name: string }) => event_name)).size).toBe(2500)
  expect((await ask(query, 'csv')).body.split('\r\n')).toHaveLength(2502)
  expect((await world.looks()).map(({ body }) => body)).toMatchObject(
    [1000, 1000, 500, 1000, 1000, 500].map((rows) => ({ rows })),
  )
})

test('refuses every other query with what it supports', async () => {
  const answer = await ask('select * from event')
  expect(answer.json()).toMatchObject({ code: 'unsupported-query', status: 422 })
  expect(answer.json().detail).toContain('Supported: select customer_user_id')
  expect(await world.looks()).toEqual([])
})

test('answers a failure before the first row as a failure', async () => {
  await world.db.pool.query('alter table event rename to event_away')
  const answer = await ask(SEED)
  await world.db.pool.query('alter table event_away rename to event')
  expect(answer.json()).toMatchObject({ code: 'internal', status: 500 })
})
