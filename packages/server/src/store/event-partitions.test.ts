import { newUuid } from '@heed/core'
import { expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { countDefaultPartition, ensureEventPartitions, monthOf } from './event-partitions.ts'

// Far from the real month: the template has partitions for that one.
const now = new Date('2031-11-15T12:00:00Z')
const db = await testDatabase()
const workspaceId = '01890000-0000-7000-8000-000000000001'

test('puts the first and the last millisecond of a month into that month', () => {
  const february = monthOf(new Date('2032-02-10T00:00:00Z'))
  const zeros = (size: number) => new Uint8Array(size)
  const ones = (size: number) => new Uint8Array(size).fill(255)
  expect(february.partition).toBe('event_2032_02')
  expect(newUuid(Date.parse('2032-02-01T00:00:00.000Z'), zeros) > february.from).toBe(true)
  expect(newUuid(Date.parse('2032-02-29T23:59:59.999Z'), ones) < february.to).toBe(true)
  expect(newUuid(Date.parse('2032-01-31T23:59:59.999Z'), ones) < february.from).toBe(true)
  expect(newUuid(Date.parse('2032-03-01T00:00:00.000Z'), zeros) > february.to).toBe(true)
})

test('makes this month and the next two, over the turn of the year, once', async () => {
  expect(await ensureEventPartitions(db.pool, now)).toEqual([
    'event_2031_11',
    'event_2031_12',
    'event_2032_01',
  ])
  expect(await ensureEventPartitions(db.pool, now)).toEqual([])
  await addEvent(now)
  expect(await countDefaultPartition(db.pool)).toBe(0)
  expect((await db.pool.query('select from event_2031_11')).rowCount).toBe(1)
})

test('makes each partition once when two nodes start together', async () => {
  const later = new Date('2032-06-01T00:00:00Z')
  const made = await Promise.all(Array.from({ length: 6 }, () => ensureEventPartitions(db.pool, later)))
  expect(made.flat().sort()).toEqual(['event_2032_06', 'event_2032_07', 'event_2032_08'])
})

test('moves what had to wait in the default partition into its month', async () => {
  const late = new Date('2033-03-03T03:03:03Z')
  await addEvent(late)
  expect(await countDefaultPartition(db.pool)).toBe(1)
  await ensureEventPartitions(db.pool, late)
  expect(await countDefaultPartition(db.pool)).toBe(0)
  expect((await db.pool.query('select from event_2033_03')).rowCount).toBe(1)
})

test('gives a partition the keys, indexes and checks of the table', async () => {
  await ensureEventPartitions(db.pool, new Date('2034-01-01T00:00:00Z'))
  const { rows } = await db.pool.query(`
    select (select count(*)::int from pg_index where indrelid = 'event'::regclass) as wanted,
           (select count(*)::int from pg_index where indrelid = 'event_2034_01'::regclass) as found`)
  expect(rows[0].found).toBe(rows[0].wanted)
  await expect(addEvent(new Date('2034-01-02T00:00:00Z'), 'gossip')).rejects.toThrow('check constraint')
})

function addEvent(at: Date, type = 'track') {
  return db.pool.query(
    `insert into event (workspace_id, id, seq, source_id, type, event_at, received_at)
     values ($1, $2, 1, $1, $3, $4, $4)`,
    [workspaceId, newUuid(at.getTime(), (size) => new Uint8Array(size)), type, at],
  )
}
