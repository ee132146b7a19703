import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { type TestDatabase, testDatabase } from '../testing/test-database.ts'
import type { ItemVerdict } from './collected-item.ts'

/*
 * Each of these holds one transaction still at the point where it hurts, with a row that another connection has written
 * and not yet committed, and lets a second one run into it. Two of them are also run without the gate: there they must
 * show what the gate is for.
 */

const gated = await testDatabase()
const ungated = await testDatabase()
await removeGate(ungated)

let rig: GateRig
let held: pg.Client

async function begin(db: TestDatabase): Promise<void> {
  await rig?.close()
  rig = await gateRig(db)
  held = new pg.Client({ connectionString: db.url })
  await held.connect()
  await held.query('begin')
}
afterAll(() => rig?.close())

const kindsOf = (verdicts: readonly ItemVerdict[]) => verdicts.map(({ kind }) => kind)
const digestOf = async (kind: string, value: string) =>
  (await rig.rings(rig.workspaceId)).digest({ kind, value })

/** As if somebody else were just about to claim it: whoever claims it too has to wait. */
async function holdIdentifier(kind: string, value: string): Promise<void> {
  await held.query(
    `insert into identifier (workspace_id, digest, digest_version, kind, subject_id, provenance, seq, created_at)
     values ($1, $2, 1, $3, $4, 'client', nextval('fact_seq'), now())`,
    [rig.workspaceId, await digestOf(kind, value), kind, rig.newId()],
  )
}

async function holdMessage(messageId: string): Promise<void> {
  const digest = (await rig.rings(rig.workspaceId)).messageDigest(messageId)
  await held.query('insert into message_seen values ((select turn from message_turn), $1::uuid)', [
    digest.toString('hex'),
  ])
}

async function letGo(): Promise<void> {
  await held.query('rollback')
  await held.end()
}

/** Resolves when as many sessions of the database wait for a lock. */
async function untilWaiting(db: TestDatabase, sessions: number): Promise<void> {
  const { rows } = await db.pool.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  if ((rows[0]?.waiting ?? 0) >= sessions) return
  await new Promise((resolve) => setTimeout(resolve, 2))
  return untilWaiting(db, sessions)
}

describe('a link that has read and not yet written, and an opt-out', () => {
  async function race(db: TestDatabase, { waitsForGate }: { waitsForGate: boolean }) {
    await begin(db)
    await rig.send([item({ userId: 'u1' }), item({ anonymousId: 'a2' })])
    await holdMessage('slow')
    const link = rig.send([item({ userId: 'u1', anonymousId: 'a2' }, { messageId: 'slow' })])
    await untilWaiting(db, 1)
    const no = rig.send([optOut({ userId: 'u1' })])
    await (waitsForGate ? untilWaiting(db, 2) : no)
    await letGo()
    await Promise.all([link, no])
    return kindsOf(await rig.send([item({ anonymousId: 'a2' })]))
  }

  test('the opt-out waits, and reaches what the link has made theirs', async () => {
    expect(await race(gated, { waitsForGate: true })).toEqual(['suppressed'])
  })

  test('without the gate neither sees the other, and the device is collected for ever', async () => {
    expect(await race(ungated, { waitsForGate: false })).toEqual(['stored'])
  })
})

describe('a batch whose snapshot is older than an opt-out', () => {
  async function race(db: TestDatabase, { waitsForGate }: { waitsForGate: boolean }) {
    await begin(db)
    await rig.send([item({ userId: 'u1' })])
    await holdMessage('slow')
    const event = rig.send([item({ userId: 'u1' }, { name: 'In flight', messageId: 'slow' })])
    await untilWaiting(db, 1)
    const no = rig.send([optOut({ userId: 'u1' })])
    await (waitsForGate ? untilWaiting(db, 2) : no)
    await letGo()
    await Promise.all([event, no])
    return (await db.pool.query<{ name: string }>('select name from event order by seq')).rows.at(-1)?.name
  }

  test('is stored before it, so that the opt-out is the last event of its sessions', async () => {
    expect(await race(gated, { waitsForGate: true })).toBe('Opted Out')
  })

  test('without the gate it is stored after it', async () => {
    expect(await race(ungated, { waitsForGate: false })).toBe('In flight')
  })
})

describe('two batches that meet a new person', () => {
  beforeEach(() => begin(gated))

  test('make one person of them, and nothing is sealed under a key that no identifier leads to', async () => {
    await holdIdentifier('userId', 'u1')
    const batches = [rig.send([item({ userId: 'u1' })]), rig.send([item({ userId: 'u1' })])]
    await untilWaiting(gated, 2)
    await letGo()
    expect((await Promise.all(batches)).flatMap(kindsOf)).toEqual(['stored', 'stored'])
    const people = await gated.pool.query(
      `select from subject s join subject_key k using (workspace_id, subject_id) join identifier i using (workspace_id, subject_id)`,
    )
    expect(people).toHaveProperty('rowCount', 1)
    expect(await gated.pool.query('select from subject')).toHaveProperty('rowCount', 1)
  })

  test('and know different devices of them, make one person with both, whom identifiers lead to', async () => {
    await holdIdentifier('userId', 'u1')
    const batches = ['a1', 'a2'].map((anonymousId) => rig.send([item({ userId: 'u1', anonymousId })]))
    await untilWaiting(gated, 2)
    await letGo()
    expect((await Promise.all(batches)).flatMap(kindsOf)).toEqual(['stored', 'stored'])
    const unreachable = await gated.pool.query(
      'select from subject s where not exists (select from identifier i where i.subject_id = s.subject_id)',
    )
    expect(unreachable).toHaveProperty('rowCount', 0)
    await rig.send([optOut({ userId: 'u1' })])
    expect(kindsOf(await rig.send([item({ anonymousId: 'a1' }), item({ anonymousId: 'a2' })]))).toEqual([
      'suppressed',
      'suppressed',
    ])
  })
})

describe('opt-outs of many people in one turn of the gate', () => {
  const people = Array.from({ length: 30 }, (_, at) => `u${at}`)

  async function sayNo(): Promise<ItemVerdict[]> {
    await held.query('select pg_advisory_xact_lock_shared(4600, hashtext($1))', [rig.workspaceId])
    const noes = people.map((userId) => rig.send([optOut({ userId })]))
    await untilWaiting(gated, 1)
    await letGo()
    return (await Promise.all(noes)).flat()
  }

  test.each([
    ['nobody knew', async () => {}],
    ['are known', async () => rig.send(people.map((userId) => item({ userId, anonymousId: `a-${userId}` })))],
  ])('who %s each suppress their own person', async (_, meet) => {
    await begin(gated)
    await meet()
    expect(new Set(kindsOf(await sayNo()))).toEqual(new Set(['stored']))
    const turns = await gated.pool.query('select distinct xmin::text from suppression_cause')
    expect(turns.rowCount).toBeLessThan(people.length)
    const again = people.map((userId) => item({ userId }))
    expect(kindsOf(await rig.send(again))).toEqual(people.map(() => 'suppressed'))
  })

  test('and all devices of each are told apart', async () => {
    await begin(gated)
    await rig.send(people.map((userId) => item({ userId, anonymousId: `a-${userId}` })))
    await rig.send([item({ userId: 'bystander', anonymousId: 'a-bystander' })])
    await sayNo()
    const devices = [...people, 'bystander'].map((userId) => item({ anonymousId: `a-${userId}` }))
    expect(kindsOf(await rig.send(devices))).toEqual([...people.map(() => 'suppressed'), 'stored'])
  })
})

test('two opt-outs of one person that were read before either was made: one is stored, the other dropped', async () => {
  await begin(gated)
  await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
  await held.query('select pg_advisory_xact_lock_shared(4600, hashtext($1))', [rig.workspaceId])
  const noes = [{ userId: 'u1' }, { userId: 'u1', anonymousId: 'a1' }].map((ids) => rig.send([optOut(ids)]))
  await untilWaiting(gated, 1)
  await letGo()
  expect((await Promise.all(noes)).flatMap(kindsOf).toSorted()).toEqual(['stored', 'suppressed'])
  expect(await gated.pool.query('select from suppression_cause')).toHaveProperty('rowCount', 1)
})

describe('the same messages in many calls', () => {
  test('that come in opposite orders are stored once, and lock nobody out', async () => {
    await begin(gated)
    await letGo()
    const items = Array.from({ length: 40 }, (_, at) => item({ userId: `u${at}` }))
    const calls = Array.from({ length: 12 }, (_, at) => rig.send(at % 2 === 0 ? items : items.toReversed()))
    const kinds = (await Promise.all(calls)).flatMap(kindsOf)
    expect(kinds.filter((kind) => kind === 'stored')).toHaveLength(40)
    expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(11 * 40)
    expect(await gated.pool.query('select from event')).toHaveProperty('rowCount', 40)
  })
})

describe('links in opposite orders', () => {
  test('of the same people never wait for each other in a circle', async () => {
    await begin(gated)
    await letGo()
    const people = Array.from({ length: 12 }, (_, at) => `u${at}`)
    await rig.send(people.map((userId) => item({ userId })))
    const links = people.map((userId, at) =>
      item({ userId, alternativeId: people.at(at - 1) ?? '' }, { linksUserIds: true }),
    )
    const verdicts = await Promise.all(
      [links, links.toReversed(), links.toSorted(() => 0.5 - Math.random())].flatMap((order) =>
        order.map((one) => rig.send([{ ...one, messageId: `${one.messageId}-${Math.random()}` }])),
      ),
    )
    expect(new Set(verdicts.flatMap(kindsOf))).toEqual(new Set(['stored']))
    await rig.send([optOut({ userId: 'u5' })])
    expect(new Set(kindsOf(await rig.send(people.map((userId) => item({ userId })))))).toEqual(
      new Set(['suppressed']),
    )
  })
})

/** Shadows the locks of the gate's class for every later session of this database; all other locks stay. */
async function removeGate(db: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: db.url })
  await client.connect()
  await client.query(`
    create schema no_gate;
    create function no_gate.pg_advisory_xact_lock(class integer, key integer) returns void language plpgsql as
      $$ begin if class <> 4600 then perform pg_catalog.pg_advisory_xact_lock(class, key); end if; end $$;
    create function no_gate.pg_advisory_xact_lock_shared(class integer, key integer) returns void language plpgsql as
      $$ begin if class <> 4600 then perform pg_catalog.pg_advisory_xact_lock_shared(class, key); end if; end $$;
    do $$ begin
      execute format('alter database %I set search_path = no_gate, pg_catalog, public', current_database());
    end $$`)
  await client.end()
}
