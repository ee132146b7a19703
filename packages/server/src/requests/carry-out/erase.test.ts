import { afterAll, beforeEach, expect, test } from 'vitest'
import { type GateRig, gateRig, item } from '../../testing/gate-rig.ts'
import { testDatabase } from '../../testing/test-database.ts'
import type { RequestRow } from '../requests.store.ts'
import { tasksOf } from '../tasks.store.ts'
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

const tasksOfRequest = ({ requestId }: RequestRow) => tasksOf(db.pool, rig.workspaceId).ofRequest(requestId)

const openKeys = async () => {
  const { rows } = await db.pool.query('select distinct key_id from event where key_id is not null')
  return (
    await rig.keyStore.open(
      rig.workspaceId,
      rows.map(({ key_id }) => key_id),
    )
  ).size
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
  expect(await openKeys()).toBe(1)
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

test('stores nothing that was in flight, whichever side of the erase it commits on, where it could be read', async () => {
  await rig.send([item({ userId: 'u1' })])
  await Promise.all([
    ...Array.from({ length: 20 }, () =>
      rig.send([item({ userId: 'u1' }), item({ userId: 'u1', anonymousId: 'a1' })]),
    ),
    world.erase('userId', 'u1'),
    ...Array.from({ length: 20 }, () => rig.send([item({ userId: 'u1' })])),
  ])
  expect(await openKeys()).toBe(0)
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' })])).toEqual([
    'suppressed',
    'suppressed',
  ])
})

test('a second erase finds nobody and says so, and they stay away all the same', async () => {
  await rig.send([item({ userId: 'u1' })])
  await world.erase('userId', 'u1')
  const again = await world.erase('userId', 'u1')
  expect(again).toMatchObject({ status: 'settled', settledAt: expect.any(Date) })
  expect(await tasksOfRequest(again)).toMatchObject([
    { state: 'done', outcome: 'not-found', subjectId: null },
  ])
  expect(await kinds([item({ userId: 'u1' })])).toEqual(['suppressed'])
})

test('an erase of somebody nobody has seen suppresses them for the future', async () => {
  expect((await world.erase('email', 'new@example.com')).status).toBe('settled')
  expect(await kinds([item({ email: 'new@example.com', anonymousId: 'a1' })])).toEqual(['suppressed'])
  expect(await count('subject')).toBe(0)
})

test('without suppressing, what lies before the erase stays blocked and what is newer begins a new subject', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  const before = new Date()
  await world.erase('userId', 'u1', { suppress: false })
  const old = { clientAt: before, eventAt: before }
  expect(await kinds([item({ userId: 'u1' }, old), item({ anonymousId: 'a1' }, old)])).toEqual([
    'suppressed',
    'suppressed',
  ])
  expect(await kinds([item({ userId: 'u1' }), item({ userId: 'u1' }, old)])).toEqual(['stored', 'suppressed'])
  expect([await count('subject'), await openKeys()]).toEqual([2, 1])
})

test('an unsuppress of what an erased person was known by lets newer events begin a new subject', async () => {
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  await world.erase('userId', 'u1')
  await world.open('unsuppress', [{ kind: 'userId', value: 'u1' }])
  expect(await kinds([item({ userId: 'u1' }), item({ anonymousId: 'a1' })])).toEqual(['stored', 'stored'])
  expect(await count('subject', 'data_deleted_at is null')).toBeGreaterThan(0)
})

test('opens one erase for one Idempotency-Key, and refuses the key for another person', async () => {
  await rig.send([item({ userId: 'u1' })])
  const [one, other] = await Promise.all([
    world.erase('userId', 'u1', { idempotencyKey: 'k' }),
    world.erase('userId', 'u1', { idempotencyKey: 'k' }),
  ])
  expect(one?.requestId).toBe(other?.requestId)
  expect([await count('request'), await count('task')]).toEqual([1, 1])
  await expect(world.erase('userId', 'u2', { idempotencyKey: 'k' })).rejects.toMatchObject({
    code: 'idempotency-mismatch',
  })
})

test('leaves of the time to reverse what lies more than three days before the due date', async () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const windowDays = async (userId: string, submittedAt?: string) => {
    await rig.send([item({ userId })])
    const request = await world.erase('userId', userId, submittedAt === undefined ? {} : { submittedAt })
    const [task] = await tasksOfRequest(request)
    return ((task?.recoverableUntil?.getTime() ?? 0) - Date.now()) / 86_400_000
  }
  expect(await windowDays('u1')).toBeCloseTo(7, 1)
  expect(await windowDays('u2', daysAgo(20))).toBeCloseTo(5, 1)
  expect(await windowDays('u3', daysAgo(27))).toBeCloseTo(0, 1)
  expect(await windowDays('u4', daysAgo(300))).toBeCloseTo(0, 1)
})

test('refuses what an erase does not take, and a time in the future', async () => {
  const scoped = world.erase('userId', 'u1', { scope: { sources: [`src_${rig.client.sourceId}`] } })
  await expect(scoped).rejects.toMatchObject({ code: 'invalid-body', hint: expect.stringContaining('scope') })
  const future = world.erase('userId', 'u1', { submittedAt: new Date(Date.now() + 60_000).toISOString() })
  await expect(future).rejects.toMatchObject({ code: 'invalid-body' })
  const suppressed = world.open('suppress', [{ kind: 'userId', value: 'u1' }], { suppress: false })
  await expect(suppressed).rejects.toMatchObject({ code: 'invalid-body' })
  expect(await count('request')).toBe(0)
})

test('tells the audit log each step, with the person as a subject and by no identifier', async () => {
  await rig.send([item({ userId: 'u1' })])
  await world.reverse(await world.erase('userId', 'u1'))
  const { rows } = await db.pool.query(
    "select kind, subject_id is not null as names, body::text from outbox where actor = 'token:test' order by seq",
  )
  expect(rows.map(({ kind, names }) => [kind, names])).toEqual([
    ['request-opened', false],
    ['suppression-opened', true],
    ['person-erased', true],
    ['suppression-lifted', false],
    ['erase-reversed', true],
    ['request-cancelled', false],
  ])
  expect(rows.map(({ body }) => body).join()).not.toContain('u1')
})

test('a late event that names somebody erased beside another user refuses that event, links nothing and reaches nobody', async () => {
  await rig.send([
    item({ userId: 'u1', email: 'ada@example.com', anonymousId: 'a1' }),
    item({ userId: 'u2' }),
  ])
  await world.erase('userId', 'u1')
  expect(
    await kinds([
      item({ userId: 'u2', anonymousId: 'a1' }),
      item({ userId: 'u2', email: 'ada@example.com' }, { type: 'identify', traits: {} }),
      item({ userId: 'u3', previousId: 'u1' }, { type: 'alias', name: null }),
    ]),
  ).not.toContain('stored')
  const { rows } = await db.pool.query(
    'select from identifier i join subject s using (workspace_id, subject_id) where s.data_deleted_at is not null',
  )
  expect([rows.length, await count('subject_alias'), await openKeys()]).toEqual([0, 0, 1])
})

test('a recorded event of an erased person, imported later, stays out', async () => {
  await rig.send([item({ userId: 'u1' })])
  await world.erase('userId', 'u1')
  const recorded = { isRecorded: true, receivedAt: new Date(Date.now() - 86_400_000) }
  expect(await kinds([item({ userId: 'u1' }, recorded)])).toEqual(['suppressed'])
})
