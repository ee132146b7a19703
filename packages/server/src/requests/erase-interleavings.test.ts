import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { exclusiveLane } from '../gate/exclusive-lane.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { openRequest } from './open-request.ts'
import { reverseRequest } from './reverse-request.ts'
import { eraseWorld } from './testing/erase-world.ts'

/*
 * Each of these holds one transaction still at the point where it hurts, with a row that another connection has locked or
 * written and not yet committed, and lets an erase or a reverse run into it, or it into them.
 */

const db = await testDatabase()
let rig: GateRig
let held: pg.Client
const world = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
  held = new pg.Client({ connectionString: db.url })
  await held.connect()
  await held.query('begin')
})
afterAll(() => rig?.close())

const kinds = async (...args: Parameters<GateRig['send']>) =>
  (await rig.send(...args)).map(({ kind }) => kind)

async function holdMessage(messageId: string): Promise<void> {
  const digest = (await rig.rings(rig.workspaceId)).messageDigest(messageId)
  await held.query('insert into message_seen select turn, $1::uuid from message_turn', [
    digest.toString('hex'),
  ])
}

async function letGo(): Promise<void> {
  await held.query('rollback')
  await held.end()
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

/** How many events there are, and how many of them can be opened. */
async function events(): Promise<{ stored: number; readable: number }> {
  const { rows } = await db.pool.query('select key_id from event')
  const open = await rig.keyStore.open(
    rig.workspaceId,
    rows.map(({ key_id }) => key_id),
  )
  return { stored: rows.length, readable: rows.filter(({ key_id }) => open.has(key_id)).length }
}

describe('an erase waits', () => {
  test('for a batch that has been judged, and takes what it stores', async () => {
    await rig.send([item({ userId: 'u1' })])
    await holdMessage('slow')
    const batch = rig.send([item({ userId: 'u1' }, { messageId: 'slow' })])
    await untilWaiting(1)
    const erasing = world.erase('userId', 'u1')
    await untilWaiting(2)
    await letGo()
    expect((await batch).map(({ kind }) => kind)).toEqual(['stored'])
    expect((await erasing).status).toBe('waiting')
    expect(await events()).toEqual({ stored: 2, readable: 0 })
  })

  test('for a link that has read and not yet written, and takes whom it has linked', async () => {
    await rig.send([item({ userId: 'u1' }), item({ anonymousId: 'a2' })])
    await holdMessage('slow')
    const link = rig.send([item({ userId: 'u1', anonymousId: 'a2' }, { messageId: 'slow' })])
    await untilWaiting(1)
    const erasing = world.erase('userId', 'u1')
    await untilWaiting(2)
    await letGo()
    const request = (await Promise.all([erasing, link]))[0]
    expect(await events()).toEqual({ stored: 3, readable: 0 })
    expect(await kinds([item({ anonymousId: 'a2' })])).toEqual(['suppressed'])
    await world.reverse(request)
    expect(await events()).toEqual({ stored: 3, readable: 3 })
  })

  test('for a profile that is being merged, and takes it', async () => {
    await rig.send([item({ userId: 'u1' }, { type: 'identify', traits: { name: 'Ada' } })])
    await held.query('select from profile for update')
    const identify = rig.send([item({ userId: 'u1' }, { type: 'identify', traits: { name: 'Eve' } })])
    await untilWaiting(1)
    const erasing = world.erase('userId', 'u1')
    await untilWaiting(2)
    await letGo()
    await Promise.all([identify, erasing])
    const { rows } = await db.pool.query('select key_id from profile')
    expect(await rig.keyStore.open(rig.workspaceId, [rows[0].key_id])).toEqual(new Map())
  })
})

describe('what runs into an erase that has begun', () => {
  /** An erase of u1 that holds the gate and waits for one of their keys. */
  async function eraseThatWaits(change: Parameters<typeof world.erase>[2] = {}) {
    await held.query('select from subject_key for update')
    const erasing = world.erase('userId', 'u1', change)
    await untilWaiting(1)
    return { erasing }
  }

  test.each([
    ['a batch', () => [item({ userId: 'u1' }), item({ anonymousId: 'a1' })], ['suppressed', 'suppressed']],
    ['a link to somebody else', () => [item({ userId: 'u2', anonymousId: 'a1' })], ['device-suppressed']],
  ])('%s is refused, and stores nothing under their key', async (_, items, verdicts) => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const { erasing } = await eraseThatWaits()
    const sent = rig.send(items())
    await untilWaiting(2)
    await letGo()
    await erasing
    expect((await sent).map(({ kind }) => kind)).toEqual(verdicts)
    expect((await events()).readable).toBe(0)
  })

  test('an opt-out of theirs is dropped, and stores nothing under their key', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const { erasing } = await eraseThatWaits()
    const sent = rig.send([optOut({ userId: 'u1' })])
    await letGo()
    await erasing
    expect(await sent).toEqual([{ kind: 'suppressed' }])
    expect((await events()).readable).toBe(0)
  })

  test('begins a new subject where the erase does not suppress', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const { erasing } = await eraseThatWaits({ suppress: false })
    const sent = rig.send([item({ userId: 'u1' }, { clientAt: new Date(Date.now() + 60_000) })])
    await untilWaiting(2)
    await letGo()
    await erasing
    expect((await sent).map(({ kind }) => kind)).toEqual(['stored'])
    expect(await events()).toEqual({ stored: 2, readable: 1 })
    expect(await db.pool.query('select from subject')).toHaveProperty('rowCount', 2)
  })

  test('a second erase of the person finds nobody', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const { erasing } = await eraseThatWaits()
    const second = world.erase('anonymousId', 'a1')
    await letGo()
    expect([(await erasing).status, (await second).status].toSorted()).toEqual(['settled', 'waiting'])
  })
})

describe('two nodes', () => {
  const otherNode = () =>
    exclusiveLane({ ...rig, pool: db.gatePool, journal: rig.journal, nodeId: 'other', now: () => new Date() })
  const base = { actor: 'token:other', idempotencyKey: null }

  test('erase one person at once: one does it, the other finds nobody', async () => {
    await letGo()
    await rig.send([item({ userId: 'u1' })])
    const lane = otherNode()
    const request = {
      type: 'erase',
      subject: { identifiers: [{ kind: 'userId', value: 'u1' }] },
      scope: {},
    } as const
    const there = openRequest(
      { ...rig.requestParts, lane },
      {
        ...base,
        workspaceId: rig.workspaceId,
        request: { ...request, subject: { identifiers: [...request.subject.identifiers] } },
      },
    )
    const [here, other] = await Promise.all([world.erase('userId', 'u1'), there])
    expect([here.status, other.request.status].toSorted()).toEqual(['settled', 'waiting'])
    expect(await events()).toEqual({ stored: 1, readable: 0 })
  })

  test('reverse one erase at once: both say that it is done, and it was done once', async () => {
    await letGo()
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const request = await world.erase('userId', 'u1')
    const change = { ...base, workspaceId: rig.workspaceId, requestId: request.requestId, body: {} }
    const there = reverseRequest({ ...rig.requestParts, lane: otherNode() }, change)
    const both = await Promise.all([world.reverse(request), there])
    expect(both.map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
    const { rows } = await db.pool.query("select kind from outbox where kind = 'erase-reversed'")
    expect(rows.length).toBe(1)
    expect(await events()).toEqual({ stored: 1, readable: 1 })
  })
})
