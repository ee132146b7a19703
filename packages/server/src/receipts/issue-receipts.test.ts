import { randomBytes } from 'node:crypto'
import { publicId, type Receipt } from '@heed/core'
import { receipt as receiptSchema } from '@heed/protocol'
import canonicalize from 'canonicalize'
import type pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { rotateSigningKey } from '../audit/signing-key.ts'
import { inTransaction } from '../store/transaction.ts'
import { testDatabase } from '../testing/test-database.ts'
import { issueMissingReceipts } from './issue-receipts.ts'
import { findOpening } from './keep-opening.ts'
import type { ReceiptRow } from './receipts.store.ts'
import { type ReceiptRig, receiptRig } from './testing/receipt-rig.ts'

const db = await testDatabase()
let rig: ReceiptRig

beforeEach(async () => {
  await rig?.close()
  rig = await receiptRig(db)
})
afterAll(() => rig?.close())

const T0 = '2026-11-22T09:59:58.000Z'
const WINDOW_END = '2026-11-29T10:00:00.000Z'

/** An erase in its window, with two keys in escrow. */
async function inWindow() {
  const subjectId = await rig.addSubject({ data_deleted_at: T0 })
  const keyIds = [rig.newId(), rig.newId()]
  const task = await rig.addTask({
    subject_id: subjectId,
    state: 'window',
    outcome: 'accepted',
    fragments: [subjectId],
    key_ids: keyIds,
    recoverable_until: WINDOW_END,
    due_at: WINDOW_END,
  })
  for (const keyId of keyIds)
    await rig.insert('escrowed_key', {
      key_id: keyId,
      subject_id: subjectId,
      request_id: task.requestId,
      kek_version: 1,
      wrapped: randomBytes(61),
      destroy_after: WINDOW_END,
      created_at: T0,
    })
  return { ...task, subjectId }
}

const CONFIRMED = `state = 'done', due_at = null, outcome = 'confirmed', settled_at = '2026-11-29T10:05:00Z',
  keys_destroyed_at = '2026-11-29T10:00:01Z', looked_at = '2026-11-29T10:05:00Z', survivors = 0,
  planned = '{"event":120,"identifier_mention":3}', done = '{"event":120,"identifier_mention":3}'`

async function endWindow({ requestId, taskId }: { requestId: string; taskId: string }) {
  await db.pool.query('delete from escrowed_key where request_id = $1', [requestId])
  await rig.change(taskId, CONFIRMED)
}

async function genuine(row: ReceiptRow | undefined): Promise<Receipt> {
  const verdict = await rig.verify(row?.jws ?? '')
  if (verdict.kind !== 'valid') throw new Error(verdict.kind)
  return receiptSchema.parse(verdict.receipt)
}

test('signs what the rows say, once, and logs it under its own id', async () => {
  const { requestId } = await inWindow()
  expect(await rig.issue(requestId)).toBe(1)
  expect(await rig.issue(requestId)).toBe(0)
  const [row, ...others] = await rig.receiptsOf(requestId)
  expect(others).toEqual([])
  expect(await genuine(row)).toMatchObject({
    receiptId: publicId('rcp', row!.receiptId),
    requestId: publicId('req', requestId),
    type: 'erase',
    jurisdiction: 'gdpr',
    outcome: 'accepted',
    unreadableSince: T0,
    recoverableUntil: WINDOW_END,
    rows: { matched: null, removed: 0, kept: null },
    keysDestroyedAt: null,
    keyCopiesUntil: null,
    supersedes: null,
    protectedAgainstRestore: true,
  })
  const payload = Buffer.from(row?.jws.split('.')[1] ?? '', 'base64url').toString()
  expect(payload).toBe(canonicalize(JSON.parse(payload)))
  expect(await rig.facts(requestId)).toMatchObject([{ receiptId: publicId('rcp', row!.receiptId) }])
  const { rows } = await db.pool.query(
    "select outbox_id, subject_id from outbox where kind = 'receipt-issued'",
  )
  expect(rows).toEqual([{ outbox_id: row!.receiptId, subject_id: null }])
})

test('many issuers at once give one receipt, one fact and one opening', async () => {
  for (let round = 0; round < 5; round += 1) {
    const task = await inWindow()
    const issued = await Promise.all(meetingPools(5).map((pool) => rig.issue(task.requestId, { pool })))
    expect(issued.toSorted()).toEqual([0, 0, 0, 0, 1])
    expect(await rig.receiptsOf(task.requestId)).toHaveLength(1)
    expect(await rig.facts(task.requestId)).toHaveLength(1)
    const { rowCount } = await db.pool.query('select from request_address where request_id = $1', [
      task.requestId,
    ])
    expect(rowCount).toBe(1)
  }
})

test('an outcome that comes back has its receipt already', async () => {
  const task = await inWindow()
  for (const outcome of ['accepted', 'cancelled', 'accepted']) {
    await rig.change(task.taskId, `outcome = '${outcome}'`)
    await rig.issue(task.requestId)
  }
  expect(await rig.receiptsOf(task.requestId)).toHaveLength(2)
  expect(await rig.facts(task.requestId)).toHaveLength(2)
  expect(await rig.issue(task.requestId)).toBe(0)
})

test('the next outcome supersedes the receipt before, and says when the keys were destroyed', async () => {
  const task = await inWindow()
  await rig.issue(task.requestId)
  await endWindow(task)
  expect(await rig.issue(task.requestId)).toBe(1)
  const [newest, first] = await rig.receiptsOf(task.requestId)
  expect(newest?.supersedes).toBe(first?.receiptId)
  expect(await genuine(newest)).toMatchObject({
    outcome: 'confirmed',
    proof: 'looked-again',
    supersedes: publicId('rcp', first!.receiptId),
    rows: { matched: 123, removed: 3, kept: 120 },
    recoverableUntil: null,
    keysDestroyedAt: '2026-11-29T10:00:01.000Z',
    keyCopiesUntil: '2027-01-03T10:00:01.000Z',
  })
  const { retained, residuals } = await genuine(newest)
  expect(retained.map(({ what, rows }) => [what, rows])).toEqual([
    ['event', 120],
    ['subject', 1],
    ['suppression', null],
  ])
  expect(residuals.map(({ kind }) => kind)).toEqual(['address-book', 'live-cluster', 'backup', 'replica'])
})

describe('claims exactly what the rows say', () => {
  const claim = async (columns: Parameters<ReceiptRig['addTask']>[0], change = {}) => {
    const { requestId } = await rig.addTask(columns)
    await rig.issue(requestId, change)
    return genuine((await rig.receiptsOf(requestId))[0])
  }
  const settled = { settled_at: '2026-11-22T10:00:00Z' }

  test('when nobody was found', async () => {
    expect(await claim({ outcome: 'not-found', ...settled })).toMatchObject({
      subjectCommitment: null,
      searched: { by: 'identifiers', count: 2, tables: ['identifier'] },
      rows: { matched: 0, removed: 0, kept: 0 },
      retained: [{ what: 'suppression' }],
      residuals: [],
      unreadableSince: null,
    })
  })

  test('when rows were still found', async () => {
    const subject_id = await rig.addSubject({ data_deleted_at: T0 })
    const looked = {
      looked_at: '2026-11-29T10:05:00Z',
      survivors: 4,
      keys_destroyed_at: '2026-11-29T10:00:01Z',
    }
    const columns = { subject_id, fragments: [subject_id], outcome: 'still-found', ...settled, ...looked }
    expect(await claim(columns, { backupRetentionDays: 0 })).toMatchObject({
      stillFound: 4,
      proof: 'looked-again',
      keyCopiesUntil: 'unknown',
    })
    expect(await claim(columns, { hasJournal: false })).toMatchObject({ protectedAgainstRestore: false })
  })

  test('when it was taken back', async () => {
    const subject_id = await rig.addSubject()
    expect(await claim({ subject_id, outcome: 'cancelled', state: 'cancelled', ...settled })).toMatchObject({
      unreadableSince: null,
      recoverableUntil: null,
      keysDestroyedAt: null,
      rows: { matched: null, removed: 0, kept: null },
      retained: [],
    })
  })

  test('when it is no erase', async () => {
    const subject_id = await rig.addSubject()
    for (const type of ['access', 'correct', 'restrict']) {
      const columns = { type, subject_id, outcome: 'confirmed', done: '{"event":7}', ...settled }
      expect(await claim(columns)).toMatchObject({
        type,
        subjectCommitment: expect.stringMatching(/^[\w-]{43}$/),
        proof: 'answer',
        rows: { matched: 7, removed: 0, kept: 7 },
        keyCopiesUntil: null,
        residuals: [{ kind: 'address-book', until: '2027-03-20T00:00:00.000Z' }],
      })
    }
  })

  test('when copies of its keys have been overwritten, and no later ones wait', async () => {
    const task = await inWindow()
    await endWindow(task)
    const at = (text: string) => `'2026-11-29T${text}Z'`
    const kinds = async (removed: string, cleaned: string) => {
      await db.pool.query(`update key_removal set removed_at = ${at(removed)}, cleaned_at = ${at(cleaned)}`)
      await db.pool.query('delete from receipt')
      await rig.change(task.taskId, 'receipted = null')
      await rig.issue(task.requestId)
      const { residuals } = await genuine((await rig.receiptsOf(task.requestId))[0])
      return residuals.map(({ kind }) => kind)
    }
    expect(await kinds('10:00:02', '10:00:02')).not.toContain('live-cluster')
    expect(await kinds('10:00:03', '10:00:02')).toContain('live-cluster')
    expect(await kinds('10:00:00', '10:00:00')).toContain('live-cluster')
  })
})

test('one opening opens every receipt of a task, and lies in the address book only', async () => {
  const task = await inWindow()
  await rig.issue(task.requestId)
  await endWindow(task)
  await rig.issue(task.requestId)
  const opening = await findOpening(db.pool, rig.keyStore, task)
  expect(opening?.subjectId).toBe(publicId('sub', task.subjectId))
  for (const row of await rig.receiptsOf(task.requestId)) {
    const receipt = await genuine(row)
    expect(await rig.verify(JSON.stringify({ receipt, jws: row.jws, opening }))).toMatchObject({
      kind: 'valid',
    })
    expect(JSON.stringify(receipt)).not.toContain(task.subjectId)
  }
  await db.pool.query('delete from request_address')
  await db.pool.query('delete from request_key')
  expect(await findOpening(db.pool, rig.keyStore, task)).toBeNull()
})

test('keys that have been rotated away still verify what they signed', async () => {
  const before = await inWindow()
  await rig.issue(before.requestId)
  await inTransaction(db.pool, (client) => rotateSigningKey(client, rig.parts))
  const after = await inWindow()
  await rig.issue(after.requestId)
  const kinds = [before, after].map(async ({ requestId }) =>
    rig.verify((await rig.receiptsOf(requestId))[0]?.jws ?? ''),
  )
  expect(await Promise.all(kinds)).toMatchObject([
    { kind: 'valid', keyRetiredAt: expect.any(String) },
    { kind: 'valid', keyRetiredAt: null },
  ])
})

test('a task that moves on while its receipt is signed gets the receipt of where it stands', async () => {
  const task = await inWindow()
  const connections = countingPool(async (number) => {
    if (number === 3) await endWindow(task)
  })
  expect(await rig.issue(task.requestId, { pool: connections.pool })).toBe(1)
  expect(connections.count()).toBeGreaterThan(3)
  const receipts = await rig.receiptsOf(task.requestId)
  expect(receipts.map(({ outcome }) => outcome)).toEqual(['confirmed'])
})

test.each(['before', 'after'] as const)(
  'killed %s any statement and begun again, there is one receipt and nothing half done',
  { timeout: 60_000 },
  async (when) => {
    let kills = 0
    for (let statements = 1; ; statements += 1) {
      const task = await inWindow()
      const isDead = await rig.issue(task.requestId, { pool: dyingPool(statements, when) }).then(
        () => false,
        () => true,
      )
      expect(await rig.facts(task.requestId)).toHaveLength((await rig.receiptsOf(task.requestId)).length)
      await issueMissingReceipts(rig.parts)
      expect(await rig.receiptsOf(task.requestId)).toHaveLength(1)
      expect(await rig.facts(task.requestId)).toHaveLength(1)
      if (!isDead) break
      kills += 1
    }
    expect(kills).toBeGreaterThan(10)
  },
)

test('a receipt that cannot be issued keeps no other waiting', async () => {
  const tasks = [await inWindow(), await inWindow(), await inWindow()]
  const broken = tasks[1]!
  await rig.insert('request_address', {
    request_id: broken.requestId,
    address_id: broken.taskId,
    kind: 'opening',
    sealed: randomBytes(100),
  })
  await expect(issueMissingReceipts(rig.parts)).rejects.toThrow('1 requests got no receipt')
  const counts = tasks.map(async ({ requestId }) => (await rig.receiptsOf(requestId)).length)
  expect(await Promise.all(counts)).toEqual([1, 0, 1])
})

/** The test's pool, which does something before it gives out its n-th connection. */
function countingPool(before: (number: number) => Promise<void>) {
  let connections = 0
  const connect = async () => {
    connections += 1
    await before(connections)
    return db.pool.connect()
  }
  const query = (...args: Parameters<pg.Pool['query']>) => db.pool.query(...args)
  return { pool: { connect, query } as unknown as pg.Pool, count: () => connections }
}

/** Pools that give out their second connection when all of them are asked for it: there each writes its opening. */
function meetingPools(count: number): pg.Pool[] {
  let waiting = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const meet = async (number: number) => {
    if (number !== 2) return
    waiting += 1
    if (waiting === count) resolve()
    await promise
  }
  return Array.from({ length: count }, () => countingPool(meet).pool)
}

/** A pool whose process dies at its n-th statement: the connection is cut, so that PostgreSQL rolls back what is open. */
function dyingPool(statements: number, when: 'before' | 'after'): pg.Pool {
  let left = statements
  const dying = (query: (...args: unknown[]) => Promise<unknown>) => {
    return async (...args: unknown[]) => {
      left -= 1
      if (left < 0 || (left === 0 && when === 'before')) throw new Error('killed')
      const result = await query(...args)
      if (left === 0) throw new Error('killed')
      return result
    }
  }
  const connect = async () => {
    const client = await db.pool.connect()
    return { query: dying(client.query.bind(client) as never), release: () => client.release(left <= 0) }
  }
  return { connect, query: dying(db.pool.query.bind(db.pool) as never) } as unknown as pg.Pool
}
