import { randomBytes } from 'node:crypto'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { findAddressBook, readAddresses } from '../erasure/address-book.ts'
import { eraseWorld } from '../requests/testing/erase-world.ts'
import { type GateRig, gateRig, item, RIG_MASTER_KEY } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { rotateWorkspaceKey } from './rotate-workspace-key.ts'

const db = await testDatabase()
let rig: GateRig
const world = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const rotate = () =>
  rotateWorkspaceKey({
    pool: db.pool,
    masterKey: RIG_MASTER_KEY,
    workspaceId: rig.workspaceId,
    now: () => new Date(),
    random: randomBytes,
    batchSize: 2,
  })

const versionsIn = async (table: string) =>
  (await db.pool.query(`select distinct kek_version as version from ${table} order by 1`)).rows.map(
    ({ version }) => version,
  )

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

const openEvents = async () => {
  const { rows } = await db.pool.query('select key_id from event')
  const keyIds = [...new Set(rows.map((row) => row.key_id))]
  return (await rig.keyStore.open(rig.workspaceId, keyIds)).size
}

/** Resolves when as many sessions of the database wait for a lock. */
async function untilWaiting(sessions: number): Promise<void> {
  const { rows } = await db.pool.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  if ((rows[0]?.waiting ?? 0) >= sessions) return
  await new Promise((resolve) => setTimeout(resolve, 2))
  return untilWaiting(sessions)
}

test('keys that were put away, and keys of address books, are wrapped anew with the rest, and a reverse brings them back', async () => {
  for (const userId of ['u1', 'u2', 'u3']) await rig.send([item({ userId })])
  const [one] = [await world.erase('userId', 'u1'), await world.erase('userId', 'u2')]
  await rotate()
  for (const table of ['kek', 'subject_key', 'escrowed_key', 'request_key'])
    expect([table, await versionsIn(table)]).toEqual([table, [2]])
  const book = await findAddressBook(db.pool, rig.keyStore, {
    workspaceId: rig.workspaceId,
    requestId: one?.requestId ?? '',
  })
  expect(book && (await readAddresses(db.pool, book, 'identifier'))[0]?.content).toContain('"u1"')
  if (one !== undefined) await world.reverse(one)
  expect(await openEvents()).toBe(2)
  expect(await kinds([item({ userId: 'u1' })])).toEqual(['stored'])
})

test('an erase that runs into a rotation waits for its end, and leaves keys that open', async () => {
  await rig.send([item({ userId: 'u2' })])
  const holder = await db.pool.connect()
  await holder.query('begin')
  await holder.query('select from subject_key for update')
  await rig.send([item({ userId: 'u1' })])
  const rotating = rotate()
  await untilWaiting(1)
  const erasing = world.erase('userId', 'u1')
  await untilWaiting(2)
  await holder.query('commit')
  holder.release()
  const [, request] = await Promise.all([rotating, erasing])
  expect(await versionsIn('request_key')).toEqual([2])
  await world.reverse(request)
  expect(await openEvents()).toBe(2)
})

test('a rotation waits for an erase that has begun to move keys, and wraps them anew where they are then', async () => {
  await rig.send([item({ userId: 'u1' })])
  const holder = await db.pool.connect()
  await holder.query('begin')
  await holder.query('select from subject_key for update')
  const erasing = world.erase('userId', 'u1')
  await untilWaiting(1)
  const rotating = rotate()
  await untilWaiting(2)
  await holder.query('commit')
  holder.release()
  const [request] = await Promise.all([erasing, rotating])
  expect([await versionsIn('escrowed_key'), await versionsIn('request_key')]).toEqual([[2], [2]])
  await world.reverse(request)
  expect(await openEvents()).toBe(1)
})
