import { accessExport } from '@heed/protocol'
import type pg from 'pg'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { type CutPool, cutPool } from '../erasure/testing/cut-pool.ts'
import { item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { exportRig } from './testing/export-rig.ts'

const db = await testDatabase()
let world: Awaited<ReturnType<typeof exportRig>>

beforeEach(async () => {
  await world?.rig.close()
  world = await exportRig(db)
})
afterAll(() => world?.rig.close())

const USER = { kind: 'userId', value: 'u1' }

async function somebody(): Promise<void> {
  const { rig } = world
  await rig.send(
    [
      item(
        { userId: 'u1', email: 'ada@example.com' },
        { type: 'identify', name: null, traits: { name: 'Ada <b>', plan: 'pro' } },
      ),
    ],
    rig.server,
  )
  for (let count = 0; count < 3; count += 1) await rig.send([item({ userId: 'u1' })], rig.server)
  await rig.send(
    [
      item(
        { userId: 'u1' },
        {
          name: 'Order Completed',
          revenue: '12.50',
          currency: 'EUR',
          purchase: { kind: 'order', orderId: 'o-1' },
        },
      ),
    ],
    rig.server,
  )
}

test('hands out everything of a person in one zip, as the published schema says', async () => {
  await somebody()
  const requestId = await world.ask([USER])
  expect(await world.one('select status from request')).toEqual({ status: 'running' })
  expect(await world.make()).toBe(1)
  expect(world.errors).toEqual([])
  expect(await world.one('select state, outcome, done, due_at from task')).toEqual({
    state: 'done',
    outcome: 'confirmed',
    done: { event: 5, purchase: 1 },
    due_at: null,
  })
  expect(await world.one('select status, settled_at is not null as settled from request')).toEqual({
    status: 'settled',
    settled: true,
  })
  expect(world.receipted).toEqual([requestId])

  const files = await world.open(requestId)
  expect(Object.keys(files)).toEqual(['data.json', 'report.html'])
  const data = accessExport.parse(JSON.parse(files['data.json'] ?? ''))
  expect(data.identifiers.map(({ kind, value }) => `${kind} ${value}`).toSorted()).toEqual([
    'email ada@example.com',
    'userId u1',
  ])
  expect(data.profile.traits).toEqual({ name: 'Ada <b>', plan: 'pro' })
  expect(data.events.map(({ type }) => type)).toEqual(['track', 'track', 'track', 'track', 'identify'])
  expect(data.events[4]?.content).toMatchObject({ userId: 'u1', email: 'ada@example.com' })
  expect(data.purchases).toMatchObject([{ kind: 'order', orderId: 'o-1', amount: '12.50', currency: 'EUR' }])
  expect(data.counts).toEqual({ events: 5, purchases: 1 })
  expect(data.leftOut).toEqual({ explanation: null, parts: 0, identifiers: [], events: 0 })
  expect(data.requests.map(({ type }) => type)).toEqual(['access'])
  expect(data.about).toMatchObject({ controller: 'test', purposes: [], recipients: [] })
})

test('the report escapes what people wrote, and says what nobody has configured', async () => {
  await somebody()
  const requestId = await world.ask([USER])
  await world.make()
  const report = (await world.open(requestId))['report.html'] ?? ''
  expect(report).toContain('Ada &lt;b&gt;')
  expect(report).not.toContain('Ada <b>')
  expect(report).toContain('No purposes are recorded in Heed')
  expect(report).toContain('All 5 events.')
  expect(report).not.toMatch(/<script|src=|https?:\/\//)
})

test('writes down that it was made, in the transaction that makes it so', async () => {
  await somebody()
  await world.ask([USER])
  await world.make()
  const { rows } = await db.pool.query(
    "select kind, body from outbox where kind like 'export%' or kind = 'request-settled'",
  )
  expect(rows.map(({ kind }) => kind)).toEqual(['export-made', 'request-settled'])
  expect(rows[0].body).toMatchObject({ events: 5, requestId: expect.stringMatching(/^req_/) })
})

test('answers not-found where nobody is known by what was named', async () => {
  const requestId = await world.ask([{ kind: 'userId', value: 'nobody' }])
  expect(await world.one('select state, outcome, due_at from task')).toEqual({
    state: 'done',
    outcome: 'not-found',
    due_at: null,
  })
  expect(await world.one('select status from request')).toEqual({ status: 'settled' })
  await expect(world.link(requestId)).rejects.toMatchObject({ code: 'not-found' })
})

test('refuses to pack several people into one export', async () => {
  const { rig } = world
  await rig.send([item({ userId: 'u1' })], rig.server)
  await rig.send([item({ userId: 'u2' })], rig.server)
  await expect(world.ask([USER, { kind: 'userId', value: 'u2' }])).rejects.toMatchObject({ code: 'conflict' })
  expect(await world.one('select count(*)::int as requests from request')).toEqual({ requests: 0 })
})

test('nothing of an export lies readable in its table', async () => {
  await somebody()
  await world.ask([USER])
  await world.make()
  const { rows } = await db.pool.query('select sealed from export_chunk')
  expect(rows.length).toBeGreaterThan(0)
  for (const { sealed } of rows) {
    expect(sealed.includes('PK\u0003\u0004')).toBe(false)
    expect(sealed.includes('data.json')).toBe(false)
  }
})

test('leaves nothing behind of a person who is erased while it is made', async () => {
  await somebody()
  await world.ask([USER])
  let openings = 0
  const beforeKeys = async () => {
    openings += 1
    if (openings === 4) await world.takeKeysAway()
  }
  await world.make({ beforeKeys })
  expect(openings).toBeGreaterThanOrEqual(4)
  expect(world.errors).toEqual([])
  expect(await world.one('select state, outcome from task')).toEqual({ state: 'done', outcome: 'not-found' })
  expect(await world.one('select status from request')).toEqual({ status: 'settled' })
  expect(await world.one('select count(*)::int as n from access_export')).toEqual({ n: 0 })
  expect(await world.one('select count(*)::int as n from export_chunk')).toEqual({ n: 0 })
})

test.each([
  ['its first piece', 2],
  ['its end', 3],
])('keeps nothing of a person who is erased between the last row and %s', async (_what, step) => {
  await somebody()
  await world.ask([USER])
  let steps = 0
  const beforeStep = async () => {
    steps += 1
    if (steps === step) await world.takeKeysAway()
  }
  await world.make({ beforeStep })
  expect(await world.one('select state, outcome from task')).toEqual({ state: 'done', outcome: 'not-found' })
  expect(await world.one('select count(*)::int as n from export_chunk')).toEqual({ n: 0 })
  expect(await world.one('select count(*)::int as n from access_export')).toEqual({ n: 0 })
})

/** Cuts what goes through the pool itself, too. */
function cutEverywhere(cut: CutPool): pg.Pool {
  const query = async (...question: [string, unknown[]?]) => {
    const client = await cut.pool.connect()
    return client.query(...question).finally(() => client.release())
  }
  return Object.create(cut.pool, { query: { value: query } })
}

test('goes on after a kill at every statement, and hands out the same as if there had been none', async () => {
  await somebody()
  await world.ask([USER])
  const counting = cutPool(db.url, { at: 0, when: 'before' })
  await world.make({ pool: cutEverywhere(counting) })
  await counting.close()
  expect(world.errors).toEqual([])
  expect(counting.seen()).toBeGreaterThan(30)
  for (let at = 1; at <= counting.seen(); at += 1) {
    const requestId = await world.ask([USER])
    const cut = cutPool(db.url, { at, when: at % 2 === 0 ? 'before' : 'after' })
    await world.make({ pool: cutEverywhere(cut), worker: 'killed', claimSeconds: 0 }).catch(() => undefined)
    expect(cut.isDead()).toBe(true)
    await cut.close()
    // The server takes a moment to notice that a connection is gone, and holds the row for it until then.
    await vi.waitFor(async () => {
      await world.make({ worker: 'next' })
      expect(await world.one("select count(*)::int as n from task where state <> 'done'")).toEqual({ n: 0 })
    }, 10_000)
    const data = JSON.parse((await world.open(requestId))['data.json'] ?? '')
    expect(data.events).toHaveLength(5)
    const left = "select count(*)::int as n from access_export where state <> 'ready'"
    expect(await world.one(left)).toEqual({ n: 0 })
    const made = 'select count(*)::int as exports from access_export where request_id = $1'
    expect(await world.one(made, [requestId])).toEqual({ exports: 1 })
    await db.pool.query('delete from export_chunk; delete from access_export')
  }
}, 120_000)

test('a worker that was away for too long cannot write over the one that went on', async () => {
  await somebody()
  const requestId = await world.ask([USER])
  let openings = 0
  const beforeKeys = async () => {
    openings += 1
    if (openings === 4) await world.make({ worker: 'quick' })
  }
  await world.make({ worker: 'slow', claimSeconds: 0, beforeKeys })
  expect(world.errors).toEqual([])
  expect(await world.one('select count(*)::int as n, min(state) as state from access_export')).toEqual({
    n: 1,
    state: 'ready',
  })
  expect(JSON.parse((await world.open(requestId))['data.json'] ?? '').events).toHaveLength(5)
})
