import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import { inTransaction } from '../store/transaction.ts'
import { testDatabase } from '../testing/test-database.ts'
import { databaseLogReader } from './database-log-reader.ts'
import { subjectCommitment } from './leaf.ts'
import { appendToOutbox } from './outbox.store.ts'
import { sequenceOutbox } from './sequence-outbox.ts'
import { auditRig } from './testing/audit-rig.ts'
import { workspacesWaiting } from './unnumbered.store.ts'
import { verifyLog } from './verify-log.ts'

const db = await testDatabase()
let rig = auditRig(db.pool)
beforeEach(async () => {
  rig = auditRig(db.pool)
  await rig.addWorkspace()
})

const verify = async (previous: string | null = null) =>
  verifyLog(databaseLogReader(db.pool, await rig.log()), { keys: await rig.publicKeys(), previous })

type LeafRow = {
  position: string
  last_modified: string
  entry: string
  outbox_position: string
  kind: string
}
async function leaves(): Promise<LeafRow[]> {
  const { rows } = await db.pool.query<LeafRow>(
    `select l.position, l.last_modified, l.entry, o.position as outbox_position, o.kind
     from audit_leaf l join outbox o using (workspace_id, outbox_id) where workspace_id = $1 order by l.position`,
    [rig.workspaceId],
  )
  return rows
}
const upTo = (count: number) => Array.from({ length: count }, (_, at) => String(at))

test('numbers what has committed, in order and without gaps, and nothing that has not', async () => {
  await rig.tell([rig.fact('a'), rig.fact('b')])
  await db.pool.query('begin; rollback')
  await inTransaction(db.pool, async (client) => {
    await appendToOutbox(client, [rig.fact('never')])
    await client.query('rollback; begin')
  })
  expect(await rig.sequence()).toEqual({ kind: 'numbered', count: 2 })
  await rig.tell([rig.fact('c')])
  expect(await rig.sequence()).toEqual({ kind: 'numbered', count: 1 })
  expect(await rig.sequence()).toEqual({ kind: 'numbered', count: 0 })
  const rows = await leaves()
  expect(rows.map(({ position }) => position)).toEqual(upTo(3))
  expect(rows.map(({ outbox_position }) => outbox_position)).toEqual(upTo(3))
  expect(rows.map(({ entry }) => JSON.parse(entry).body.setting)).toEqual(['a', 'b', 'c'])
})

test('a fact that commits late gets the next number, whenever it was written', async () => {
  const late = await db.pool.connect()
  await late.query('begin')
  await appendToOutbox(late, [rig.fact('late')])
  await rig.tell([rig.fact('early')])
  await rig.sequence()
  await late.query('commit')
  late.release()
  await rig.sequence()
  expect((await leaves()).map(({ entry }) => JSON.parse(entry).body.setting)).toEqual(['early', 'late'])
})

test('lastModified grows with every leaf, though the clock stands still or goes back', async () => {
  await rig.tellMany(5)
  await rig.sequence()
  rig.clock.ms -= 60_000
  await rig.tellMany(5)
  await rig.sequence()
  const times = (await leaves()).map(({ last_modified }) => Number(last_modified))
  expect(times).toEqual(times.map((_, at) => (times[0] ?? 0) + at))
})

test('an entry is canonical and names the subject only by a commitment that its salt opens', async () => {
  const subjectId = randomUUID()
  const fact = rig.fact('a', subjectId)
  await rig.tell([fact, rig.fact('b', subjectId), rig.fact('c')])
  await rig.sequence()
  const [first, second, third] = (await leaves()).map(({ entry }) => entry)
  const { rows } = await db.pool.query('select salt from subject_salt where subject_id = $1', [subjectId])
  const commitment = subjectCommitment(rows[0].salt, fact.outboxId, subjectId)
  expect(first).toBe(
    `{"actor":"token:tok_1","at":"2026-01-01T00:00:00.000Z","body":{"setting":"a"},"id":"obx_${fact.outboxId}",` +
      `"kind":"setting-changed","subject":"${commitment}","v":1}`,
  )
  expect(JSON.parse(second!).subject).not.toBe(commitment)
  expect(JSON.parse(third!).subject).toBeNull()
  expect(first! + second!).not.toContain(subjectId)
})

test('an actor that looks like an address, and a body that would not fit a leaf, fail the transaction of the fact', async () => {
  await expect(rig.tell([{ ...rig.fact('a'), actor: 'ada@example.com' }])).rejects.toThrow(
    'outbox_actor_check',
  )
  await expect(rig.tell([rig.fact('x'.repeat(40_000))])).rejects.toThrow('outbox_body_check')
})

test('two workspaces have logs of their own', async () => {
  const other = auditRig(db.pool)
  await other.addWorkspace()
  await rig.tellMany(3)
  await other.tellMany(2)
  const waiting = await inTransaction(db.pool, workspacesWaiting)
  expect([...waiting].sort()).toEqual([rig.workspaceId, other.workspaceId].sort())
  await Promise.all([rig.sequence(), other.sequence()])
  expect([(await rig.log()).size, (await other.log()).size]).toEqual([3, 2])
  expect((await rig.log()).origin).not.toBe((await other.log()).origin)
})

describe('two sequencers at once', () => {
  test('number every fact once, without gaps, while facts keep arriving', async () => {
    const writers = [0, 1, 2].map(async () => {
      for (let round = 0; round < 25; round += 1) await rig.tellMany(1 + (round % 7))
    })
    let isWriting = true
    const sequencers = [0, 1, 2].map(async () => {
      while (isWriting) await rig.sequence()
    })
    await Promise.all(writers)
    isWriting = false
    await Promise.all(sequencers)
    await rig.sequence()
    const rows = await leaves()
    expect(rows.map(({ position }) => position)).toEqual(upTo(rows.length))
    expect((await db.pool.query('select from outbox where position is null')).rowCount).toBe(0)
    await rig.sign()
    expect(await verify()).toMatchObject({ kind: 'intact', size: rows.length })
  })

  test('while one holds the lock the other says so and does nothing', async () => {
    await rig.tellMany(1)
    const holder = await db.pool.connect()
    await holder.query('begin')
    await holder.query('select pg_advisory_xact_lock(4601, hashtext($1))', [rig.workspaceId])
    expect(await rig.sequence()).toEqual({ kind: 'busy' })
    await holder.query('rollback')
    holder.release()
    expect(await rig.sequence()).toEqual({ kind: 'numbered', count: 1 })
  })
})

test('a sequencer that is killed in the middle of numbering leaves nothing half numbered', async () => {
  await rig.tellMany(10)
  const other = openDatabase({ url: db.url, connections: { control: 1, ingest: 1, gate: 1 } })
  const { pool } = other
  const pid = (await pool.query('select pg_backend_pid() as pid')).rows[0].pid
  // Writing the tiles waits for this lock; the leaves are inserted and the facts numbered by then.
  const blocker = await db.pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table audit_tile in share mode')
  const dying = sequenceOutbox({ ...rig.sequencing, pool }, rig.workspaceId)
  const failed = expect(dying).rejects.toThrow()
  await waitUntilBlocked(pid)
  await db.pool.query('select pg_terminate_backend($1)', [pid])
  await failed
  await blocker.query('rollback')
  blocker.release()
  await other.close()

  expect(await leaves()).toEqual([])
  expect(await rig.sequence()).toEqual({ kind: 'numbered', count: 10 })
  await rig.sign()
  expect(await verify()).toMatchObject({ kind: 'intact', size: 10 })
})

async function waitUntilBlocked(pid: number): Promise<void> {
  for (;;) {
    const { rowCount } = await db.pool.query(
      "select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'",
      [pid],
    )
    if (rowCount === 1) return
  }
}

describe('a log that is shorter than what it has shown', () => {
  /** As if a backup had been restored in which only the first `size` leaves were. */
  async function forget(size: number): Promise<void> {
    await db.pool.query('delete from audit_leaf where position >= $1', [size])
    await db.pool.query('delete from outbox where position >= $1', [size])
    await db.pool.query('update audit_log set size = $1', [size])
    await db.pool.query('delete from audit_tile')
  }

  test('is not continued: a new one begins, and its first leaf names what was shown', async () => {
    await rig.tellMany(5)
    await rig.sequence()
    await rig.sign()
    const old = await rig.log()
    await forget(2)
    await rig.tell([rig.fact('after')])
    expect(await rig.sequence()).toEqual({ kind: 'numbered', count: 1 })

    const log = await rig.log()
    expect(log).toMatchObject({ logNo: 2, firstPosition: 5, size: 2 })
    expect(log.origin).not.toBe(old.origin)
    const [restart, after] = (await leaves()).slice(-2)
    expect(restart).toMatchObject({ position: '5', kind: 'log-restarted' })
    expect(JSON.parse(restart!.entry).body).toEqual({
      origin: old.origin,
      size: 5,
      root: old.shownRoot?.toString('base64'),
    })
    expect(after).toMatchObject({ position: '6', kind: 'setting-changed' })
    await rig.sign()
    expect(await verify()).toMatchObject({ kind: 'intact', size: 2, origin: log.origin })
  })

  test('is recognised by what the process remembers, when a failover took even the checkpoint away', async () => {
    await rig.tellMany(5)
    await rig.sequence()
    const shown = await rig.sign()
    await forget(0)
    await db.pool.query('delete from audit_log')
    await rig.tellMany(1)
    await sequenceOutbox({ ...rig.sequencing, lastShown: () => shown }, rig.workspaceId)
    expect((await leaves()).map(({ kind }) => kind)).toEqual(['log-restarted', 'setting-changed'])
  })

  test('of the same length is continued', async () => {
    await rig.tellMany(5)
    await rig.sequence()
    const shown = await rig.sign()
    await rig.tellMany(1)
    await sequenceOutbox({ ...rig.sequencing, lastShown: () => shown }, rig.workspaceId)
    expect(await rig.log()).toMatchObject({ logNo: 1, size: 6 })
  })
})
