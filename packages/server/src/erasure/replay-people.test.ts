import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { linkPeople } from '../identity/link-people.ts'
import { unlinkPeople } from '../identity/unlink-people.ts'
import type { JournalChain } from '../journal/journal.ts'
import type { PersonEntry } from '../journal/journal-entry.ts'
import type { RequestRow } from '../requests/requests.store.ts'
import { eraseWorld } from '../requests/testing/erase-world.ts'
import type { Database } from '../store/database.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { eraseRunner } from './testing/erase-runner.ts'
import { type RestoredDatabase, takeBackup } from './testing/restored-database.ts'

const db = await testDatabase()
let rig: GateRig
const world = eraseWorld(() => rig)
const open: RestoredDatabase[] = []

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterEach(async () => {
  for (const restored of open.splice(0)) await restored.close()
})
afterAll(() => rig?.close())

const yesterday = () => new Date(Date.now() - 86_400_000).toISOString()
const nobody = { erased: 0, reversed: 0, destroyed: 0 }
const user = (value: string) => ({ kind: 'userId', value })

/** Lives on after a backup, and comes back as it was when it was made. Not replayed yet. */
async function restoreAfter(live: () => Promise<unknown>): Promise<RestoredDatabase> {
  const backup = await takeBackup(db, rig)
  await live()
  const restored = await backup.restore()
  open.push(restored)
  return restored
}

/** The time to reverse is over by the database's clock, and work has gone on. */
async function endWindows(): Promise<void> {
  await db.pool.query(
    `update task set recoverable_until = clock_timestamp(), due_at = clock_timestamp() where state = 'window'`,
  )
  const runner = eraseRunner(db.pool, rig)
  await runner.run()
  expect(runner.errors).toEqual([])
}

async function rows({ pool }: Pick<Database, 'pool'>, query: string): Promise<unknown[]> {
  return (await pool.query(query)).rows
}

/** Everything that says who is known, who may be read and what was asked for. */
async function standingOf(database: Pick<Database, 'pool'>) {
  const queries = {
    subjects: 'select subject_id, has_user_id, data_deleted_at from subject order by 1',
    keys: 'select key_id, subject_id, wrapped from subject_key order by 1',
    escrow: 'select key_id, subject_id, request_id, wrapped, destroy_after from escrowed_key order by 1',
    identifiers: 'select digest, subject_id, kind, provenance, seq, created_at from identifier order by 1',
    suppressions: 'select * from suppression order by digest, cause',
    causes: 'select * from suppression_cause order by cause',
    tasks: `select task_id, request_id, subject_id, state, outcome, fragments, key_ids, recoverable_until, due_at, created_at
            from task order by 1`,
    requests: `select request_id, type, status, suppress, identifier_count, jurisdiction, submitted_at, created_at, due_at
               from request order by 1`,
    addresses: 'select request_id, count(*) from request_address group by 1 order by 1',
  }
  const found: Record<string, unknown[]> = {}
  for (const [name, query] of Object.entries(queries)) found[name] = await rows(database, query)
  return found
}

const openKeys = async ({ pool }: Pick<Database, 'pool'>) =>
  (await pool.query('select from subject_key')).rowCount

describe('a person who was erased after the backup was made', () => {
  test('is erased again to the last column, as long as it could be reversed', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' }), item({ userId: 'u2' })])
    const restored = await restoreAfter(() =>
      world.erase('userId', 'u1', { jurisdiction: 'gdpr', suppress: false, submittedAt: yesterday() }),
    )
    expect(await openKeys(restored)).toBe(2)
    expect(await restored.replay()).toMatchObject({ ...nobody, erased: 1, opened: 2 })
    expect(await standingOf(restored)).toEqual(await standingOf(db))
    expect(await rows(restored, "select actor from request where type = 'erase'")).toEqual([
      { actor: 'system:restore' },
    ])
  })

  test('can still be brought back, and is kept out meanwhile', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const before = await rows(db, 'select digest, subject_id, kind, seq from identifier order by 1')
    const made: RequestRow[] = []
    const restored = await restoreAfter(async () => made.push(await world.erase('userId', 'u1')))
    await restored.replay()
    const rigThen = await restored.openRig()
    const events = () => rigThen.send([item({ userId: 'u1' }), item({ anonymousId: 'a1' })])
    expect((await events()).map(({ kind }) => kind)).toEqual(['suppressed', 'suppressed'])
    await eraseWorld(() => rigThen).reverse(made[0]!)
    expect(await rows(restored, 'select digest, subject_id, kind, seq from identifier order by 1')).toEqual(
      before,
    )
    expect((await events()).map(({ kind }) => kind)).toEqual(['stored', 'stored'])
  })

  test('has no key left when it was destroyed, and is scrubbed and looked for again', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const restored = await restoreAfter(async () => {
      await world.erase('userId', 'u1')
      await endWindows()
    })
    expect(await restored.replay()).toMatchObject({ ...nobody, erased: 1 })
    for (const table of ['subject_key', 'escrowed_key', 'identifier', 'request_address', 'request_key'])
      expect(await rows(restored, `select from ${table}`)).toEqual([])
    expect(await rows(restored, 'select removed_at is not null as is_noted from key_removal')).toEqual([
      { is_noted: true },
    ])
    const runner = eraseRunner(restored.pool, rig)
    await runner.run()
    expect(runner.errors).toEqual([])
    expect(await rows(restored, 'select state, outcome, survivors from task')).toEqual([
      { state: 'done', outcome: 'confirmed', survivors: 0 },
    ])
    expect(await rows(restored, 'select distinct subject_id, key_id, sealed from event')).toEqual([
      { subject_id: null, key_id: null, sealed: null },
    ])
    expect(await rows(restored, "select status from request where type = 'erase'")).toEqual([
      { status: 'settled' },
    ])
  })

  test('loses the keys when the time to reverse is over by the clock, though nobody destroyed them', async () => {
    await rig.send([item({ userId: 'u1' })])
    rig = { ...rig, requestParts: { ...rig.requestParts, reversalDays: 0 } }
    const restored = await restoreAfter(() => world.erase('userId', 'u1'))
    expect(await rows(db, 'select from escrowed_key')).toHaveLength(1)
    expect(await restored.replay()).toMatchObject({ erased: 1 })
    for (const table of ['subject_key', 'escrowed_key', 'request_address'])
      expect(await rows(restored, `select from ${table}`)).toEqual([])
  })

  test('and then brought back is as the backup has them', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const restored = await restoreAfter(async () => world.reverse(await world.erase('userId', 'u1')))
    const before = await standingOf(restored)
    expect(await restored.replay()).toMatchObject({ ...nobody, opened: 2, lifted: 2 })
    const after = await standingOf(restored)
    expect(after).toEqual({ ...before, suppressions: after.suppressions, causes: after.causes })
    const rigThen = await restored.openRig()
    expect(await rigThen.send([item({ userId: 'u1' })])).toMatchObject([{ kind: 'stored' }])
  })

  test('brought back and erased once more is erased', async () => {
    await rig.send([item({ userId: 'u1' })])
    const restored = await restoreAfter(async () => {
      await world.reverse(await world.erase('userId', 'u1'))
      await world.erase('userId', 'u1')
    })
    expect(await restored.replay()).toMatchObject({ ...nobody, erased: 1 })
    expect(await openKeys(restored)).toBe(0)
    expect(await standingOf(restored)).toMatchObject({ escrow: (await standingOf(db)).escrow })
  })

  test('is erased with everybody they were merged with since, each of whom has a task', async () => {
    await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' }), item({ userId: 'u3' })])
    const restored = await restoreAfter(async () => {
      await link('u1', 'u2')
      await world.erase('userId', 'u1')
    })
    expect(await restored.replay()).toMatchObject({ erased: 2 })
    expect(await openKeys(restored)).toBe(1)
    expect(await rows(restored, 'select from identifier')).toHaveLength(1)
    expect(await rows(restored, 'select cardinality(fragments) as parts, state from task')).toEqual([
      { parts: 1, state: 'window' },
      { parts: 1, state: 'window' },
    ])
  })

  test('is erased without whoever they were merged with and have been parted from since', async () => {
    await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
    const { linkId } = await link('u1', 'u2')
    const restored = await restoreAfter(async () => {
      await unlinkPeople(rig, { workspaceId: rig.workspaceId, linkId: linkId ?? '', actor: 'token:test' })
      await world.erase('userId', 'u1')
    })
    expect(await restored.replay()).toMatchObject({ erased: 1 })
    expect(
      await rows(restored, 'select has_user_id, data_deleted_at is null as is_there from subject order by 2'),
    ).toEqual([
      { has_user_id: expect.any(Boolean), is_there: false },
      { has_user_id: true, is_there: true },
    ])
    expect(await rows(restored, 'select from subject_alias')).toEqual([])
    const rigThen = await restored.openRig()
    expect(await rigThen.send([item({ userId: 'u2' })])).toMatchObject([{ kind: 'stored' }])
  })

  test('is erased by an entry that says no more than which keys', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const restored = await restoreAfter(() => world.erase('userId', 'u1'))
    expect(await restored.replay(sayingLess(rig.journal))).toMatchObject({ erased: 1 })
    expect(await openKeys(restored)).toBe(0)
    expect(await rows(restored, 'select fragments, key_ids, recoverable_until from task')).toEqual(
      await rows(db, 'select fragments, key_ids, recoverable_until from task'),
    )
  })

  test('and came after it is looked for all the same, and the request has its answer', async () => {
    const restored = await restoreAfter(async () => {
      await rig.send([item({ userId: 'u1' })])
      await world.erase('userId', 'u1')
      await endWindows()
    })
    expect(await restored.replay()).toMatchObject({ ...nobody, opened: 1 })
    await eraseRunner(restored.pool, rig).run()
    expect(
      await rows(
        restored,
        'select r.request_id, r.status, t.outcome from request r join task t using (request_id)',
      ),
    ).toEqual(
      await rows(
        db,
        'select r.request_id, r.status, t.outcome from request r join task t using (request_id)',
      ),
    )
  })
})

describe('a person whom the backup knows as erased', () => {
  test('loses the keys that were destroyed since', async () => {
    await rig.send([item({ userId: 'u1' })])
    await world.erase('userId', 'u1')
    const restored = await restoreAfter(endWindows)
    expect(await rows(restored, 'select from escrowed_key')).toHaveLength(1)
    expect(await restored.replay()).toMatchObject({ ...nobody, destroyed: 1 })
    expect(await rows(restored, 'select from escrowed_key')).toEqual([])
    await eraseRunner(restored.pool, rig).run()
    expect(await rows(restored, 'select outcome from task')).toEqual([{ outcome: 'confirmed' }])
  })

  test('is back when the erase was reversed since', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const request = await world.erase('userId', 'u1')
    const restored = await restoreAfter(() => world.reverse(request))
    expect(await restored.replay()).toMatchObject({ ...nobody, reversed: 1, lifted: 2 })
    const [here, live] = [await standingOf(restored), await standingOf(db)]
    for (const part of ['keys', 'escrow', 'identifiers', 'suppressions', 'requests', 'addresses'])
      expect(here[part]).toEqual(live[part])
    const rigThen = await restored.openRig()
    expect(await rigThen.send([item({ userId: 'u1' })])).toMatchObject([{ kind: 'stored' }])
  })

  test('and held is erased, with the task that waited', async () => {
    await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' })])
    const request = await world.open('erase', [user('u1'), user('u2')])
    expect(request.status).toBe('awaiting-approval')
    const restored = await restoreAfter(() => world.approve(request))
    expect(await restored.replay()).toMatchObject({ erased: 2 })
    const tasks = 'select task_id, state, fragments, recoverable_until from task order by 1'
    expect(await rows(restored, tasks)).toEqual(await rows(db, tasks))
    expect(await rows(restored, 'select status from request')).toEqual([{ status: 'waiting' }])
  })
})

describe('replaying', () => {
  test('twice, on two nodes at once, and again when it has forgotten that it did, changes nothing more', async () => {
    await rig.send([item({ userId: 'u1', anonymousId: 'a1' })])
    const restored = await restoreAfter(() => world.erase('userId', 'u1'))
    const both = await Promise.all([restored.replay(), restored.replay()])
    expect(both.map(({ erased }) => erased).toSorted()).toEqual([0, 1])
    const after = await standingOf(restored)
    expect(await restored.replay()).toMatchObject({ ...nobody, entries: 0 })
    await restored.pool.query('truncate journal_state')
    expect(await restored.replay()).toMatchObject({ ...nobody, opened: 0, lifted: 0 })
    expect(await standingOf(restored)).toEqual(after)
  })

  test('everything there is, on the database that wrote it, changes nothing', async () => {
    await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' }), item({ userId: 'u3' })])
    await world.reverse(await world.erase('userId', 'u1'))
    await world.erase('userId', 'u1')
    await world.erase('userId', 'u2')
    await endWindows()
    await world.erase('userId', 'u3')
    await world.reverse(await world.erase('userId', 'u3')).catch(() => null)
    const before = await standingOf(db)
    const restored = await restoreAfter(() => db.pool.query('truncate journal_state'))
    await restored.pool.query('truncate journal_state')
    expect(await restored.replay()).toMatchObject({ ...nobody, opened: 0, lifted: 0 })
    expect(await standingOf(restored)).toEqual(before)
  })

  test('is all or nothing: what fails half way leaves the person as the backup has them, to be replayed again', async () => {
    await rig.send([item({ userId: 'u1' })])
    const restored = await restoreAfter(() => world.erase('userId', 'u1'))
    const before = await standingOf(restored)
    await restored.pool.query(
      'alter table journal_state add constraint refused check (position < 0) not valid',
    )
    await expect(restored.replay()).rejects.toThrow('refused')
    expect(await standingOf(restored)).toEqual(before)
    await restored.pool.query('alter table journal_state drop constraint refused')
    expect(await restored.replay()).toMatchObject({ erased: 1 })
  })

  test('is told in the outbox, with counts and nobody named', async () => {
    await rig.send([item({ userId: 'u1' })])
    const restored = await restoreAfter(() => world.erase('userId', 'u1'))
    await restored.replay()
    expect(
      await rows(restored, "select subject_id, body from outbox where kind = 'restore-replayed'"),
    ).toEqual([
      {
        subject_id: null,
        body: { ...nobody, entries: 2, opened: 1, lifted: 0, voided: 0, erased: 1 },
      },
    ])
  })
})

/** A chain as an earlier version wrote it. */
function sayingLess(chain: JournalChain): JournalChain {
  async function* next() {
    for await (const { position, entry } of chain.readAfter(0)) {
      const { taskId: _, subjectId: _s, fragments: _f, request: _r, ...less } = entry as PersonEntry
      yield { position, entry: entry.kind === 'erased' ? less : entry }
    }
  }
  return { ...chain, readAfter: next, reader: () => ({ next }) }
}

function link(one: string, other: string) {
  return linkPeople(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    link: { identifiers: [user(one), user(other)] },
  })
}
