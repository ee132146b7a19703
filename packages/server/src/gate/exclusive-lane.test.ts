import { Problem } from '@heed/protocol'
import pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Journal } from '../journal/journal.ts'
import { openCause } from '../suppression/suppress-closure.ts'
import { type GateRig, gateRig } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { exclusiveLane, type LaneTransaction } from './exclusive-lane.ts'
import { shareGate } from './gate.ts'

const db = await testDatabase()
let rig: GateRig

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const DIGEST = { digest: Buffer.alloc(16, 1), version: 1 }

async function suppress(tx: LaneTransaction): Promise<string> {
  const cause = tx.newId()
  const base = {
    kind: 'suppress-request',
    subjectId: null,
    sourceId: null,
    requestId: null,
    actor: 'token:test',
  } as const
  await openCause(tx, [DIGEST], { ...base, cause, scope: tx.workspaceId })
  return cause
}

async function journalKinds(): Promise<string[]> {
  const kinds: string[] = []
  for await (const { entry } of rig.journal.readAfter(0)) kinds.push(entry.kind)
  return kinds
}

const causes = async () => (await db.pool.query('select cause from suppression_cause')).rowCount

test('commits what waits together in one transaction', async () => {
  const xids = await Promise.all(
    Array.from({ length: 20 }, () =>
      rig.lane.run(
        rig.workspaceId,
        async ({ client }) => (await client.query('select txid_current() as xid')).rows[0].xid,
      ),
    ),
  )
  expect(new Set(xids).size).toBeLessThan(5)
})

test('fails nobody for a stranger: work that cannot be done is refused alone', async () => {
  const refuse = () => Promise.reject(new Problem('conflict', 'No.'))
  const results = await Promise.allSettled([
    rig.lane.run(rig.workspaceId, suppress),
    rig.lane.run(rig.workspaceId, refuse),
    rig.lane.run(rig.workspaceId, async ({ client }) => client.query('select 1 / 0')),
    rig.lane.run(rig.workspaceId, suppress),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(await causes()).toBe(2)
})

test('voids the journal entries of a transaction that did not commit', async () => {
  await db.pool.query(
    `create function refuse_commit() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
     create constraint trigger refuse_commit after insert on suppression_cause deferrable initially deferred
     for each row execute function refuse_commit()`,
  )
  await expect(rig.lane.run(rig.workspaceId, suppress)).rejects.toThrow('refused')
  await db.pool.query('drop trigger refuse_commit on suppression_cause; drop function refuse_commit()')
  expect(await journalKinds()).toEqual(['suppressed', 'void'])
  expect(await causes()).toBe(0)
})

test('says that the outcome is unknown when the connection goes away during the commit, and keeps the "no" in the journal', async () => {
  await db.pool.query(
    `create function cut_commit() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
     create constraint trigger cut_commit after insert on suppression_cause deferrable initially deferred
     for each row execute function cut_commit()`,
  )
  await expect(rig.lane.run(rig.workspaceId, suppress)).rejects.toMatchObject({ code: 'unknown-outcome' })
  await db.pool.query('drop trigger cut_commit on suppression_cause; drop function cut_commit()')
  expect(await journalKinds()).toEqual(['suppressed'])
  expect(await rig.lane.run(rig.workspaceId, suppress)).toBeTypeOf('string')
})

test('answers busy and changes nothing when the gate is not free in time', async () => {
  const holder = await db.pool.connect()
  await holder.query('begin')
  await shareGate(holder, rig.workspaceId)
  await expect(rig.lane.run(rig.workspaceId, suppress)).rejects.toMatchObject({ code: 'gate-busy' })
  await holder.query('rollback')
  holder.release()
  expect(await journalKinds()).toEqual([])
  expect(await causes()).toBe(0)
})

test('waits for those who share the gate, and they wait for it', async () => {
  const holder = await db.pool.connect()
  await holder.query('begin')
  await shareGate(holder, rig.workspaceId)
  const order: string[] = []
  const changed = rig.lane.run(rig.workspaceId, async () => order.push('changed'))
  await expect
    .poll(
      async () =>
        (await db.pool.query("select from pg_locks where locktype = 'advisory' and not granted")).rowCount,
    )
    .toBe(1)
  order.push('writer done')
  await holder.query('commit')
  holder.release()
  await changed
  expect(order).toEqual(['writer done', 'changed'])
})

test('voids the entries of a transaction that fails after they were written', async () => {
  await db.pool.query('alter table journal_state add constraint refused check (position < 0) not valid')
  await expect(rig.lane.run(rig.workspaceId, suppress)).rejects.toThrow('refused')
  await db.pool.query('alter table journal_state drop constraint refused')
  expect(await journalKinds()).toEqual(['suppressed', 'void'])
  expect(await causes()).toBe(0)
})

test('goes on when not even the journal can be told that a transaction failed', async () => {
  const entries: string[] = []
  const journal: Journal = {
    ...rig.journal,
    async append(added) {
      entries.push(...added.map(({ kind }) => kind))
      if (entries.includes('void')) throw new Error('the disk is full')
      return entries.length
    },
  }
  const lane = exclusiveLane({
    pool: db.gatePool,
    journal,
    nodeId: 'test',
    clock: rig.clock,
    newId: rig.newId,
    now: () => new Date(),
  })
  await db.pool.query('alter table journal_state add constraint refused check (position < 0) not valid')
  await expect(lane.run(rig.workspaceId, suppress)).rejects.toMatchObject({ code: 'unknown-outcome' })
  await db.pool.query('alter table journal_state drop constraint refused')
  expect(await lane.run(rig.workspaceId, async () => 'served')).toBe('served')
})

test('waits for a stuck gate once, however many wait behind it', async () => {
  const holder = await db.pool.connect()
  await holder.query('begin')
  await shareGate(holder, rig.workspaceId)
  const pool = new pg.Pool({ connectionString: db.url, options: '-c lock_timeout=500' })
  const lane = exclusiveLane({ ...rig, pool, nodeId: 'test', now: () => new Date() })
  const began = performance.now()
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () => lane.run(rig.workspaceId, suppress)),
  )
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  await holder.query('rollback')
  holder.release()
  await pool.end()
})

test('gives the gate back when a change works too long, and has changed nothing', async () => {
  const pool = new pg.Pool({ connectionString: db.url, options: '-c statement_timeout=100' })
  const lane = exclusiveLane({ ...rig, pool, nodeId: 'test', now: () => new Date() })
  const slow = lane.run(rig.workspaceId, async (tx) => {
    await suppress(tx)
    await tx.client.query('select pg_sleep(60)')
  })
  await expect(slow).rejects.toMatchObject({ code: 'gate-busy' })
  expect(await journalKinds()).toEqual([])
  expect(await causes()).toBe(0)
  expect(await lane.run(rig.workspaceId, suppress)).toBeTypeOf('string')
  await pool.end()
})
