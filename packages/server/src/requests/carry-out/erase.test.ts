import { afterAll, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig, item } from '../../testing/gate-rig.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { eraseWorld } from '../testing/erase-world.ts'

const db = await testDatabase()
let rig: GateRig
const world = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

const journalKinds = async () => {
  const found: string[] = []
  for await (const { entry } of rig.journal.readAfter(0)) found.push(entry.kind)
  return found
}

const count = async (table: string, where = 'true') =>
  (await db.pool.query(`select from ${table} where ${where}`)).rowCount

test('erases the closure of the owner, whichever identifier was named, and nothing of it can be opened any more', async () => {
  await rig.send([
    item({ userId: 'u1', anonymousId: 'a1', email: 'ada@example.com' }),
    item({ userId: 'u2' }),
  ])
  const { status } = await world.erase('email', 'Ada@Example.com')
  expect(status).toBe('waiting')
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' }), item({ userId: 'u2' })])).toEqual([
    'suppressed',
    'suppressed',
    'stored',
  ])
  const { rows } = await db.pool.query('select distinct key_id from event')
  const open = await rig.keyStore.open(
    rig.workspaceId,
    rows.map((row) => row.key_id),
  )
  expect([rows.length, open.size]).toEqual([2, 1])
  expect([await count('identifier'), await count('escrowed_key'), await count('request_address')]).toEqual([
    1, 1, 3,
  ])
  expect(await journalKinds()).toEqual(['suppressed', 'erased'])
})

test('brings back every identifier, profile and event byte for byte, and collects again', async () => {
  await rig.send([
    item(
      { userId: 'u1', anonymousId: 'a1', email: 'ada@example.com' },
      { type: 'identify', traits: { name: 'Ada' } },
    ),
  ])
  const all = async () => {
    const read = (table: string, columns: string) =>
      db.pool.query(`select ${columns} from ${table} order by 1, 2`).then(({ rows }) => rows)
    return {
      identifiers: await read(
        'identifier',
        'digest, digest_version, kind, subject_id, key_id, provenance, link_id, seq, created_at::text',
      ),
      subjects: await read('subject', 'subject_id, has_user_id, data_deleted_at'),
      keys: await read('subject_key', 'key_id, subject_id, wrapped, created_at::text'),
      profiles: await read('profile', 'subject_id, key_id, sealed'),
      events: await read('event', 'id, subject_id, key_id, sealed'),
    }
  }
  const before = await all()
  const request = await world.erase('userId', 'u1')
  expect(await all()).not.toEqual(before)
  const { status } = await world.reverse(request)
  expect(status).toBe('cancelled')
  expect(await all()).toEqual(before)
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' })])).toEqual(['stored', 'stored'])
  expect(await journalKinds()).toEqual(['suppressed', 'erased', 'unsuppressed', 'reversed'])
})
