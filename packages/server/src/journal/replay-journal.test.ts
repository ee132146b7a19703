import { createSecretKey, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeGate } from '../gate/gate.ts'
import { inTransaction } from '../store/transaction.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { Journal } from './journal.ts'
import { chainsIn } from './journal-chain.ts'
import type { EntryOf, JournalEntry } from './journal-entry.ts'
import { noteJournalPosition } from './journal-state.store.ts'
import { openJournal } from './open-journal.ts'
import { replayJournal } from './replay-journal.ts'
import { openAgain } from './replayed-suppressions.store.ts'

const db = await testDatabase()
const key = createSecretKey(Buffer.alloc(32, 7))
const workspaceId = randomUUID()
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
let folder = ''
let journals: Journal[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-replay-'))
  await db.pool.query("insert into workspace values ($1, 'w', now())", [workspaceId])
})
afterEach(async () => {
  await Promise.all(journals.map((journal) => journal.close()))
  journals = []
  await rm(folder, { recursive: true })
})

async function node(nodeId: string): Promise<Journal> {
  const journal = await openJournal({ folder, nodeId, key })
  journals.push(journal)
  return journal
}

const replay = async () =>
  replayJournal({
    pool: db.pool,
    chains: await chainsIn({ folder, key }),
    now: () => new Date(at(59)),
    newId: () => randomUUID(),
    // Nothing here is about anybody's data; erasure/replay-people.test.ts has that.
    replayPeople: async () => ({ erased: 0, reversed: 0, destroyed: 0 }),
    livingNodes: async () => living,
    pause: () => pause(),
  })

let living: ReadonlySet<string> = new Set()
let pause = async (): Promise<void> => {}

type Suppressed = EntryOf<'suppressed'>

function suppressed(seq: number, digests: readonly string[], cause: string = randomUUID()): Suppressed {
  return {
    kind: 'suppressed',
    workspaceId,
    seq,
    at: at(seq),
    cause: {
      cause,
      kind: 'opt-out-event',
      scope: workspaceId,
      subjectId: null,
      sourceId: null,
      requestId: null,
      actor: 'source:src_1',
      fromSeq: seq,
      fromAt: at(seq),
    },
    digests: digests.map((digest) => ({ digest: digest.padStart(32, '0'), version: 1 })),
    scope: workspaceId,
    fromSeq: seq,
    fromAt: at(seq),
    untilSeq: null,
    untilAt: null,
    clientBefore: null,
  }
}

function lifted(seq: number, causes: string[], digests: string[] | null = null): JournalEntry {
  return { kind: 'unsuppressed', workspaceId, seq, at: at(seq), causes, digests, liftedBy: 'token:tok_1' }
}

const voided = (positions: number[]): JournalEntry => ({ kind: 'void', workspaceId, at: at(1), positions })

/** What a "no" does: journal first, then the rows and the position in one transaction. */
async function sayNo(journal: Journal, entry: Suppressed): Promise<void> {
  const position = await journal.append([entry])
  await inTransaction(db.pool, async (client) => {
    await openAgain(client, [entry])
    await noteJournalPosition(client, { workspaceId, nodeId: journal.nodeId, position })
  })
}

async function rowsOf(): Promise<unknown[]> {
  const { rows } = await db.pool.query(
    `select encode(s.digest, 'hex') as digest, s.scope, s.cause, s.digest_version, s.from_seq, s.from_at, s.until_seq,
       s.until_at, s.client_before, c.kind, c.actor, c.until_seq as cause_until_seq, c.lifted_by
     from suppression s join suppression_cause c using (workspace_id, cause) order by s.digest, s.cause`,
  )
  return rows
}

/** A backup: the tables as they are now, put back later. */
async function takeBackup(): Promise<() => Promise<void>> {
  const tables = ['suppression_cause', 'suppression', 'journal_state']
  const saved = await Promise.all(
    tables.map(async (table) => (await db.pool.query(`select to_jsonb(t) as row from ${table} t`)).rows),
  )
  return async () => {
    await db.pool.query('truncate suppression, suppression_cause, journal_state')
    for (const [index, table] of tables.entries())
      await db.pool.query(
        `insert into ${table} select r.* from jsonb_array_elements($1::jsonb) as e,
           jsonb_populate_record(null::${table}, e->'row') as r`,
        [JSON.stringify(saved[index])],
      )
  }
}

const nextSeq = async () => Number((await db.pool.query("select nextval('fact_seq') as seq")).rows[0].seq)

test('a restored older backup forgets no "no", to the last column', async () => {
  const one = await node('n1')
  await sayNo(one, suppressed(1, ['a1', 'a2']))
  const restore = await takeBackup()
  await sayNo(one, suppressed(2, ['b1']))
  await sayNo(one, { ...suppressed(3, ['b2']), clientBefore: at(2), untilSeq: 9, untilAt: at(9) })
  const before = await rowsOf()

  await restore()
  expect(await rowsOf()).toHaveLength(2)
  expect(await replay()).toMatchObject({ entries: 2, opened: 2, lifted: 0, voided: 0, behind: [] })
  expect(await rowsOf()).toEqual(before)
})

test('an empty database gets every "no" back', async () => {
  const one = await node('n1')
  for (let seq = 1; seq <= 50; seq += 1) await sayNo(one, suppressed(seq, [seq.toString(16), 'ff']))
  const before = await rowsOf()
  await db.pool.query('truncate suppression, suppression_cause, journal_state')
  expect(await replay()).toMatchObject({ entries: 50, opened: 100 })
  expect(await rowsOf()).toEqual(before)
})

test('a lifting is replayed too, and what began after it stays', async () => {
  const one = await node('n1')
  const [first, second] = [suppressed(1, ['a1', 'a2']), suppressed(2, ['a1'])]
  await one.append([first, second, lifted(3, [first.cause.cause])])
  await one.append([
    { ...first, seq: 4, at: at(4), fromSeq: 4, fromAt: at(4), digests: second.digests, scope: randomUUID() },
  ])
  expect(await replay()).toMatchObject({ opened: 4, lifted: 2 })
  const open = await db.pool.query(
    'select from_seq from suppression where until_seq is null order by from_seq',
  )
  expect(open.rows).toEqual([{ from_seq: '2' }, { from_seq: '4' }])
  expect((await db.pool.query('select lifted_by from suppression_cause where until_seq = 3')).rows).toEqual([
    { lifted_by: 'token:tok_1' },
  ])
})

test('lifting single digests of a cause leaves its others and itself open', async () => {
  const one = await node('n1')
  const entry = suppressed(1, ['a1', 'a2'])
  await one.append([entry, lifted(2, [entry.cause.cause], ['a1'.padStart(32, '0')])])
  expect(await replay()).toMatchObject({ opened: 2, lifted: 1 })
  expect((await db.pool.query('select from suppression where until_seq is null')).rowCount).toBe(1)
  expect((await db.pool.query('select from suppression_cause where until_seq is null')).rowCount).toBe(1)
})

test('an entry whose commit failed is not made true', async () => {
  const one = await node('n1')
  await one.append([suppressed(1, ['a1']), suppressed(2, ['a2'])])
  await one.append([voided([2])])
  expect(await replay()).toMatchObject({ entries: 1, opened: 1, voided: 1 })
})

describe('a "no" that a living node has announced', () => {
  beforeEach(() => {
    living = new Set(['n2'])
  })
  afterEach(() => {
    living = new Set()
    pause = async () => {}
  })

  test('is not made true when the node says that it did not happen', async () => {
    const two = await node('n2')
    await two.append([suppressed(1, ['a1'])])
    pause = async () => void (await two.append([voided([1])]))
    expect(await replay()).toMatchObject({ entries: 0, opened: 0, voided: 1 })
    expect(await rowsOf()).toEqual([])
  })

  test('is left to the node when it commits it meanwhile', async () => {
    const two = await node('n2')
    const entry = suppressed(1, ['a1'])
    await two.append([entry])
    pause = () =>
      inTransaction(db.pool, async (client) => {
        await openAgain(client, [entry])
        await noteJournalPosition(client, { workspaceId, nodeId: 'n2', position: 1 })
      })
    expect(await replay()).toMatchObject({ entries: 0, opened: 0 })
    expect(await rowsOf()).toHaveLength(1)
  })

  test('is made true when the node says nothing: a "no" too many is the safe mistake', async () => {
    const two = await node('n2')
    await two.append([suppressed(1, ['a1'])])
    let pauses = 0
    pause = async () => {
      pauses += 1
    }
    expect(await replay()).toMatchObject({ opened: 1 })
    expect(pauses).toBe(3)
  })

  test('is waited for by nobody when it is a lifting, or of a node that is gone', async () => {
    const [one, two] = [await node('n1'), await node('n2')]
    const entry = suppressed(1, ['a1'])
    await one.append([entry])
    await two.append([lifted(2, [entry.cause.cause])])
    pause = () => Promise.reject(new Error('nothing was to be waited for'))
    expect(await replay()).toMatchObject({ opened: 1, lifted: 1 })
  })
})

test('reads the chains on with the gate taken, so that what came while it waited is not forgotten', async () => {
  const one = await node('n1')
  await one.append([suppressed(1, ['a1'])])
  const holder = await db.pool.connect()
  await holder.query('begin')
  await takeGate(holder, workspaceId)
  const replaying = replay()
  await expect
    .poll(async () => (await db.pool.query('select from pg_locks where not granted')).rowCount)
    .toBe(1)
  await one.append([suppressed(2, ['a2'])])
  await holder.query('commit')
  holder.release()
  expect(await replaying).toMatchObject({ opened: 2 })
})

test('replaying twice, and on two nodes at once, changes nothing more', async () => {
  const one = await node('n1')
  const entry = suppressed(1, ['a1', 'a2'])
  await one.append([entry, suppressed(2, ['a1']), lifted(3, [entry.cause.cause])])
  const replays = await Promise.all([replay(), replay()])
  expect(replays.map(({ opened }) => opened).toSorted()).toEqual([0, 3])
  const after = await rowsOf()
  expect(await replay()).toMatchObject({ entries: 0, opened: 0, lifted: 0 })
  await db.pool.query('truncate journal_state')
  expect(await replay()).toMatchObject({ entries: 3, opened: 0, lifted: 0 })
  expect(await rowsOf()).toEqual(after)
})

test('the chains of two nodes are joined, whichever wrote the "no" and whichever lifted it', async () => {
  const [one, two] = [await node('n1'), await node('n2')]
  const entry = suppressed(5, ['a1'])
  await two.append([entry])
  await one.append([lifted(6, [entry.cause.cause]), suppressed(7, ['a2'])])
  expect(await replay()).toMatchObject({ entries: 3, opened: 2, lifted: 1 })
  expect((await db.pool.query('select node_id, position from journal_state order by 1')).rows).toEqual([
    { node_id: 'n1', position: '2' },
    { node_id: 'n2', position: '1' },
  ])
})

describe('the sequence', () => {
  test('goes on after the highest number the journal has used', async () => {
    const one = await node('n1')
    await one.append([suppressed(1_000_000, ['a1'])])
    await replay()
    expect(await nextSeq()).toBeGreaterThan(1_000_000)
  })

  test('never goes back, though other nodes draw from it meanwhile', async () => {
    const one = await node('n1')
    const ahead = (await nextSeq()) + 40
    await one.append([suppressed(ahead, ['a1'])])
    const drawn: number[] = []
    const draw = async () => {
      for (let round = 0; round < 200; round += 1) drawn.push(await nextSeq())
    }
    await Promise.all([draw(), draw(), replay(), replay()])
    expect(new Set(drawn).size).toBe(drawn.length)
    expect(await nextSeq()).toBeGreaterThan(ahead)
  })
})

test('a replay that changed something is told in the outbox, without naming anybody', async () => {
  const one = await node('n1')
  await one.append([suppressed(1, ['a1'])])
  await replay()
  await replay()
  const { rows } = await db.pool.query('select kind, actor, subject_id, body from outbox')
  expect(rows).toEqual([
    {
      kind: 'restore-replayed',
      actor: 'system',
      subject_id: null,
      body: { entries: 1, opened: 1, lifted: 0, voided: 0, erased: 0, reversed: 0, destroyed: 0 },
    },
  ])
})

test('a journal that holds less than the database knows is reported', async () => {
  const one = await node('n1')
  await sayNo(one, suppressed(1, ['a1']))
  await db.pool.query('update journal_state set position = 7')
  await db.pool.query("insert into journal_state values ($1, 'n2', 3)", [workspaceId])
  expect((await replay()).behind).toEqual([
    { workspaceId, nodeId: 'n1', position: 7, found: 1 },
    { workspaceId, nodeId: 'n2', position: 3, found: 0 },
  ])
})

test('entries of a workspace that the backup does not know wait for a newer one', async () => {
  const one = await node('n1')
  await db.pool.query('truncate workspace cascade')
  await one.append([suppressed(1, ['a1'])])
  expect(await replay()).toMatchObject({ opened: 0, unknownWorkspaces: [workspaceId] })
  await db.pool.query("insert into workspace values ($1, 'w', now())", [workspaceId])
  expect(await replay()).toMatchObject({ opened: 1, unknownWorkspaces: [] })
})

test('an entry that this version cannot apply stops the replay instead of being skipped', async () => {
  const one = await node('n1')
  await one.append([
    suppressed(1, ['a1']),
    {
      kind: 'withdrawn',
      workspaceId,
      seq: 2,
      at: at(2),
      digests: [],
      scope: null,
      cause: null,
      requestId: null,
      keyIds: [randomUUID()],
      destroyAfter: null,
    },
  ])
  await expect(replay()).rejects.toThrow('kind "withdrawn"')
  expect(await rowsOf()).toEqual([])
})

test('a log that was longer before the restore is marked, and the outbox tells', async () => {
  const one = await node('n1')
  const checkpoint = {
    kind: 'checkpoint',
    workspaceId,
    at: at(1),
    origin: 'heed/x/1',
    root: 'ab'.repeat(32),
  } as const
  await one.append([{ ...checkpoint, size: 3 }])
  await one.append([{ ...checkpoint, size: 8 }])
  expect(await replay()).toMatchObject({ entries: 2, opened: 0 })
  expect((await db.pool.query('select origin, size, shown_size from audit_log')).rows).toEqual([
    { origin: 'heed/x/1', size: '0', shown_size: '8' },
  ])
  expect((await db.pool.query('select kind from outbox')).rows).toEqual([{ kind: 'restore-replayed' }])
})
