import { randomBytes } from 'node:crypto'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { destroyAddressBooks } from './destroy-address-books.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
  await rig.keyStore.load(rig.workspaceId)
})
afterAll(() => rig?.close())

/** A request with an address book; days are counted from now, by the database's clock. */
async function addBook({ destroyIn, settledAgo }: { destroyIn: number; settledAgo: number | null }) {
  const requestId = rig.newId()
  const { workspaceId } = rig
  await db.pool.query(
    `insert into request (workspace_id, request_id, type, status, actor, identifier_count, created_at, due_at, settled_at)
     values ($1, $2, 'erase', 'settled', 'token:t', 1, now(), now(), now() - make_interval(days => $3))`,
    [workspaceId, requestId, settledAgo],
  )
  await db.pool.query(
    `insert into request_key (workspace_id, request_id, kek_version, wrapped, destroy_after, created_at)
     values ($1, $2, 1, $3, now() + make_interval(days => $4), now())`,
    [workspaceId, requestId, randomBytes(61), destroyIn],
  )
  await db.pool.query(`insert into request_address values ($1, $2, $3, 'identifier', $4)`, [
    workspaceId,
    requestId,
    rig.newId(),
    randomBytes(40),
  ])
  return requestId
}

test('destroys books past their day or long settled, with every address, and notes that keys were removed', async () => {
  await addBook({ destroyIn: -1, settledAgo: null })
  await addBook({ destroyIn: 60, settledAgo: 91 })
  const kept = [
    await addBook({ destroyIn: 1, settledAgo: null }),
    await addBook({ destroyIn: 60, settledAgo: 89 }),
  ]
  expect(await destroyAddressBooks(db.pool)).toBe(2)
  for (const table of ['request_key', 'request_address']) {
    const { rows } = await db.pool.query(`select request_id from ${table}`)
    expect(rows.map(({ request_id }) => request_id).toSorted()).toEqual(kept.toSorted())
  }
  const removed = () =>
    db.pool.query('select removed_at from key_removal').then(({ rows }) => rows[0].removed_at)
  const first = await removed()
  expect(first).toBeInstanceOf(Date)
  expect(await destroyAddressBooks(db.pool)).toBe(0)
  expect(await removed()).toEqual(first)
})
