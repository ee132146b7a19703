import { publicId } from '@heed/core'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createSourceFinder } from '../access/find-source-by-write-key.ts'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { collectionDoors } from './collection/collection-doors.ts'
import { suppressionRoutes } from './control/suppressions.ts'
import { ADMIN_TOKEN, type TestApp, testApp, WRITE_KEY } from './testing/test-app.ts'

const db = await testDatabase()
let rig: GateRig
let door: TestApp

beforeEach(async () => {
  await rig?.close()
  await door?.app.close()
  rig = await gateRig(db)
  door = await testApp(db.pool, async (app) => {
    suppressionRoutes(app, rig)
    app.get('/test/nobody-there', async () => elsewhere.query('select 1'))
    app.get('/test/no-session-free', async () => narrow.query('select 1'))
    await app.register(collectionDoors, {
      collect: rig.intake.collect,
      count: () => {},
      findSource: createSourceFinder({ pool: db.pool, nowMs: () => performance.now() }),
      hasEventsRead: async () => false,
      now: () => new Date(),
      elapsed: () => performance.now(),
      publicUrl: null,
      mostBytesInFlight: 1024 * 1024,
    })
  })
  await door.seed()
})
afterAll(async () => {
  await rig?.close()
  await door?.app.close()
  await Promise.all([elsewhere.end(), narrow.end()])
})

const elsewhere = new pg.Pool({ host: '/nowhere-at-all', database: 'heed' })
const narrow = new pg.Pool({ connectionString: db.url, max: 1, connectionTimeoutMillis: 50 })

/** Makes the call wait for a locked table, and ends its session while it does. */
async function cutWhileIn<Answer>(table: string, call: () => Promise<Answer>): Promise<Answer> {
  const holder = new pg.Client({ connectionString: db.url, application_name: 'holder' })
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query(`lock table ${table} in access exclusive mode`)
    const answer = call()
    await expect.poll(() => endWaiting(holder, table)).toBeGreaterThan(0)
    await holder.query('rollback')
    return await answer
  } finally {
    await holder.end()
  }
}

async function endWaiting(holder: pg.Client, table: string): Promise<number> {
  const { rowCount } = await holder.query(
    'select pg_terminate_backend(pid) from pg_locks where relation = $1::regclass and not granted',
    [table],
  )
  return rowCount ?? 0
}

const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
const writing = { authorization: `Basic ${btoa(`${WRITE_KEY}:`)}` }
const lifting = () => ({
  source: publicId('src', rig.client.sourceId),
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-02T00:00:00Z',
})
const event = { userId: 'u1', event: 'Clicked' }
const pixel = `/v1/pixel/track?data=${encodeURIComponent(btoa(JSON.stringify({ ...event, writeKey: WRITE_KEY })))}`

type Answer = { readonly headers: Record<string, unknown>; readonly json: () => unknown }

function isToldToRepeat(answer: Answer, code = 'overloaded'): void {
  expect(answer.json()).toMatchObject({ code, status: 503 })
  expect(answer.headers['retry-after']).toBe('1')
}

describe('a call whose session is cut is told to repeat it', () => {
  test('where the caller is looked up', async () => {
    isToldToRepeat(await cutWhileIn('api_token', () => door.app.inject({ url: '/api/v1/sources', headers })))
  })

  test('where a route reads', async () => {
    isToldToRepeat(await cutWhileIn('source', () => door.app.inject({ url: '/api/v1/sources', headers })))
  })

  test('where a route writes in a transaction', async () => {
    const payload = { name: 'shop' }
    const call = () => door.app.inject({ method: 'POST', url: '/api/v1/sources', headers, payload })
    isToldToRepeat(await cutWhileIn('outbox', call))
    expect((await call()).statusCode).toBe(201)
  })

  test('where a "no" is changed in its lane, which goes on with the next', async () => {
    const call = () =>
      door.app.inject({ method: 'POST', url: '/api/v1/suppressions/lift', headers, payload: lifting() })
    isToldToRepeat(await cutWhileIn('source', call))
    expect((await call()).json()).toEqual({ lifted: 0 })
  })

  test.each([
    ['source', 'overloaded'],
    ['identifier', 'overloaded'],
    // Stored and committed in one round trip, so that nobody can tell.
    ['event', 'unknown-outcome'],
  ])('where an event is collected, at table %s', async (table, code) => {
    const call = () => door.app.inject({ method: 'POST', url: '/v1/track', headers: writing, payload: event })
    isToldToRepeat(await cutWhileIn(table, call), code)
    expect((await call()).statusCode).toBe(200)
  })
})

test('an image stays an image when its session is cut', async () => {
  const answer = await cutWhileIn('source', () => door.app.inject({ url: pixel }))
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'image/gif' } })
})

test('a call that finds no server, or no session free in time, is told to repeat it', async () => {
  isToldToRepeat(await door.app.inject({ url: '/test/nobody-there' }))
  const held = await narrow.connect()
  isToldToRepeat(await door.app.inject({ url: '/test/no-session-free' }))
  held.release()
})

test('what a cut session was asked is in no log line, that it was cut is', async () => {
  await cutWhileIn('source', () => door.app.inject({ url: '/api/v1/sources', headers }))
  expect(door.output.lines()).toContainEqual(
    expect.objectContaining({ level: 'warn', err: expect.objectContaining({ code: '57P01' }) }),
  )
})
