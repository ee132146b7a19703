import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../testing/test-database.ts'
import { ADMIN_TOKEN, testApp } from '../testing/test-app.ts'
import { reportRoutes } from './report-routes.ts'

const db = await testDatabase()
const NOW = new Date('2026-11-21T12:00:00Z')
const world = await testApp(db.pool, (app) =>
  reportRoutes(app, { pool: db.pool, now: () => NOW, mostRows: 3, timeoutMs: 300 }),
)
const SOURCE = '018f0000-0000-7000-8000-00000000000a'
let workspaceId: string

beforeEach(async () => {
  workspaceId = await world.seed()
})

const get = (report: string, query = '') =>
  world.app.inject({
    method: 'GET',
    url: `/api/v1/reports/${report}${query}`,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })

async function visit(subjectId: string, { at, campaign = null }: { at: string; campaign?: string | null }) {
  await db.pool.query(
    `insert into subject (workspace_id, subject_id, created_at) values ($1, $2, $3) on conflict do nothing`,
    [workspaceId, subjectId, NOW],
  )
  await db.pool.query(
    `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, campaign)
     values ($1, $2, nextval('fact_seq'), $3, $3, $4, 'track', 'Signed Up', $5, $6, $7)`,
    [workspaceId, randomUUID(), subjectId, SOURCE, at, NOW, campaign],
  )
}

async function buy(kind: string, amount: string) {
  await db.pool.query(
    `insert into purchase (workspace_id, purchase_id, seq, source_id, kind, at, amount, currency)
     values ($1, $2, nextval('fact_seq'), $3, $4, '2026-11-01', $5, 'EUR')`,
    [workspaceId, randomUUID(), SOURCE, kind, amount],
  )
}

test('answers revenue, funnel and lifecycle by month, source and campaign', async () => {
  const ada = randomUUID()
  await visit(ada, { at: '2026-10-31T23:59:59Z', campaign: 'autumn' })
  await visit(ada, { at: '2026-11-01T00:00:00Z' })
  await visit(randomUUID(), { at: '2026-11-20T00:00:00Z' })
  await buy('order', '19.90')
  await buy('order', '0.1')
  await buy('refund', '5')
  const range = { from: '2025-12', to: '2026-11' }
  const cell = { month: '2026-11', sourceId: `src_${SOURCE}`, campaign: null }
  const before = { ...cell, month: '2026-10', campaign: 'autumn' }
  expect((await get('revenue')).json()).toEqual({
    ...range,
    data: [{ ...cell, currency: 'EUR', orders: 2, refunds: 1, gross: '20.00', refunded: '5', net: '15.00' }],
  })
  const step = { type: 'track', name: 'Signed Up' }
  expect((await get('funnel')).json()).toEqual({
    ...range,
    data: [
      { ...before, ...step, persons: 1, events: 1 },
      { ...cell, ...step, persons: 2, events: 2 },
    ],
  })
  expect((await get('lifecycle')).json()).toEqual({
    ...range,
    data: [
      { ...before, stage: 'visitor', persons: 1 },
      { ...cell, stage: 'visitor', persons: 1 },
    ],
  })
})

test('takes months, a source and a campaign', async () => {
  await visit(randomUUID(), { at: '2026-09-15T00:00:00Z', campaign: 'autumn' })
  await visit(randomUUID(), { at: '2026-10-15T00:00:00Z' })
  const months = async (query: string) => {
    const { from, to, data } = (await get('funnel', query)).json()
    return [from, to, data.map(({ month }: { month: string }) => month)]
  }
  expect(await months('?from=2026-10&to=2026-10')).toEqual(['2026-10', '2026-10', ['2026-10']])
  expect(await months('?to=2026-09')).toEqual(['2025-10', '2026-09', ['2026-09']])
  expect(await months('?from=2026-09&campaign=autumn')).toEqual(['2026-09', '2026-11', ['2026-09']])
  expect(await months('?campaign=')).toEqual(['2025-12', '2026-11', ['2026-10']])
  expect(await months(`?source=src_${SOURCE}`)).toEqual(['2025-12', '2026-11', ['2026-09', '2026-10']])
  expect(await months(`?source=src_${randomUUID()}`)).toEqual(['2025-12', '2026-11', []])
})

test.each([
  'from=2026-11&to=2026-10',
  'from=2021-11',
  'from=2026-13',
  'from=1969-12&to=1970-01',
  'from=2026-1',
  'from=2026-01-01',
  'source=lovelace',
  'month=2026-01',
])('refuses %s', async (query) => {
  for (const report of ['revenue', 'funnel', 'lifecycle']) {
    const refusal = await get(report, `?${query}`)
    expect([refusal.statusCode, refusal.json().code]).toEqual([400, 'invalid-body'])
    expect(refusal.body).not.toContain('lovelace')
  }
})

test('says so when a report has too many rows, and answers no part of it', async () => {
  for (const month of ['07', '08', '09']) await visit(randomUUID(), { at: `2026-${month}-15T00:00:00Z` })
  expect((await get('funnel')).statusCode).toBe(200)
  await visit(randomUUID(), { at: '2026-10-15T00:00:00Z' })
  const refusal = await get('funnel')
  expect([refusal.statusCode, refusal.json().code]).toEqual([422, 'report-too-large'])
  expect((await get('funnel', '?from=2026-08')).statusCode).toBe(200)
})

test('says so when a report takes too long, makes no more than two at once, and goes on afterwards', async () => {
  const holder = await db.pool.connect()
  await holder.query('begin; lock table purchase, event in access exclusive mode')
  const answers = await Promise.all([get('revenue'), get('lifecycle'), get('funnel')])
  await holder.query('rollback')
  holder.release()
  const told = answers.map((answer) => `${answer.statusCode} ${answer.json().code}`)
  expect(told.toSorted()).toEqual(['422 report-too-large', '422 report-too-large', '503 overloaded'])
  expect(answers.filter(({ body }) => body.includes('0.3 seconds'))).toHaveLength(2)
  for (const report of ['revenue', 'funnel', 'lifecycle']) expect((await get(report)).statusCode).toBe(200)
})

test('needs the scope of reports', async () => {
  const scoped = async (scope: string) => {
    const made = await world.app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      payload: { name: scope, scopes: [scope] },
    })
    const headers = { authorization: `Bearer ${made.json().token}` }
    return (await world.app.inject({ method: 'GET', url: '/api/v1/reports/revenue', headers })).statusCode
  }
  expect(await scoped('events:read')).toBe(403)
  expect(await scoped('reports:read')).toBe(200)
})
