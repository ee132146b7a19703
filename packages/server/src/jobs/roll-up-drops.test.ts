import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { dropsIn } from '../asking/drops.store.ts'
import { openDatabase } from '../store/database.ts'
import { testDatabase } from '../testing/test-database.ts'
import { rollUpDrops } from './roll-up-drops.ts'

const db = await testDatabase()
const WORKSPACE = randomUUID()
const SOURCES = [randomUUID(), randomUUID()]
const DIGESTS = Array.from({ length: 20 }, () => randomBytes(16))
const HOUR_MS = 3_600_000
const START = Date.parse('2026-11-21T10:10:00Z')

/** Refuses `count` items over some hours, sources and digests, `perBatch` at a time. */
async function refuse(count: number, perBatch: number): Promise<void> {
  for (let done = 0; done < count; done += perBatch) {
    const items = Array.from({ length: Math.min(perBatch, count - done) }, (_item, at) => done + at)
    await db.pool.query(
      'insert into drop_batch (workspace_id, at, source_ids, reasons, digests) values ($1, $2, $3, $4, $5)',
      [
        WORKSPACE,
        new Date(START + (done % 5) * HOUR_MS),
        items.map((item) => SOURCES[item % 2]),
        items.map((item) => (item % 3 === 0 ? 'device-suppressed' : 'suppressed')),
        items.map((item) => DIGESTS[item % DIGESTS.length]),
      ],
    )
  }
}

async function counted() {
  const { rows } = await db.pool.query(
    `select (select coalesce(sum(dropped), 0)::int from drop_hour) as hours,
            (select coalesce(sum(dropped), 0)::int from drop_digest) as digests,
            (select coalesce(sum(cardinality(digests)), 0)::int from drop_batch) as waiting`,
  )
  return rows[0]
}

test('moves every count to its hour, source, reason and digest', async () => {
  await refuse(600, 7)
  expect(await rollUpDrops(db.pool, 10)).toBe(86)
  expect(await counted()).toEqual({ hours: 600, digests: 600, waiting: 0 })
  const { rows } = await db.pool.query(
    'select source_id, reason, sum(dropped)::int as dropped from drop_hour group by 1, 2 order by 3, 1',
  )
  expect(rows.map(({ dropped }) => dropped)).toEqual([100, 100, 200, 200])
  expect(await rollUpDrops(db.pool)).toBe(0)
})

test('counts each item once while two nodes roll up and ingest goes on, and every question sees all of them', async () => {
  const nodes = [openDatabase({ url: db.url }), openDatabase({ url: db.url })]
  await refuse(2_000, 5)
  const state = { isRolling: true }
  const totals: number[] = []
  const asks = (async () => {
    while (state.isRolling) totals.push(await dropsIn(db.pool).countFor(WORKSPACE, DIGESTS, []))
  })()
  const taken = await Promise.all(nodes.map(({ pool }) => rollUpDrops(pool, 3)))
  state.isRolling = false
  await asks
  expect(new Set(totals)).toEqual(new Set([2_000]))
  expect(Math.min(...taken)).toBeGreaterThan(0)

  await Promise.all([refuse(1_000, 4), ...nodes.map(({ pool }) => rollUpDrops(pool, 3))])
  const { hours, digests, waiting } = await counted()
  expect([hours + waiting, digests + waiting]).toEqual([3_000, 3_000])
  await rollUpDrops(db.pool)
  expect(await counted()).toEqual({ hours: 3_000, digests: 3_000, waiting: 0 })
  await Promise.all(nodes.map((node) => node.close()))
})

test('loses and doubles nothing when it is killed in the middle', async () => {
  await refuse(100, 10)
  await rollUpDrops(db.pool)
  await refuse(100, 10)
  const holder = await db.pool.connect()
  await holder.query('begin')
  await holder.query('update drop_digest set dropped = dropped')

  const node = openDatabase({ url: db.url })
  const rolling = rollUpDrops(node.pool).catch((cause: unknown) => cause)
  await killWhoWaitsForALock()
  expect(await rolling).toBeInstanceOf(Error)
  await holder.query('rollback')
  holder.release()

  expect(await counted()).toEqual({ hours: 100, digests: 100, waiting: 100 })
  // A killed backend says so before it has given its rows back, and those that are locked are left to a later round.
  const rolledUp = () => rollUpDrops(db.pool).then(counted)
  await expect.poll(rolledUp).toEqual({ hours: 200, digests: 200, waiting: 0 })
  await node.close()
})

test('leaves a batch that another node has taken to that node, without waiting', async () => {
  await refuse(20, 10)
  const other = await db.pool.connect()
  await other.query('begin')
  await other.query('select from drop_batch order by drop_batch_id limit 1 for update')
  expect(await rollUpDrops(db.pool)).toBe(1)
  await other.query('rollback')
  other.release()
  expect(await rollUpDrops(db.pool)).toBe(1)
})

async function killWhoWaitsForALock(): Promise<void> {
  for (;;) {
    const { rowCount } = await db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like '%drop_batch%'`,
    )
    if (rowCount !== null && rowCount > 0) return
  }
}
