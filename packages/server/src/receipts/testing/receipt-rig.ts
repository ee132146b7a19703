import { randomBytes } from 'node:crypto'
import { publicId, type ReceiptVerdict, verifyReceipt, webCryptography } from '@heed/core'
import { publishedKeys } from '../../audit/published-keys.ts'
import { openAddressBook } from '../../erasure/address-book.ts'
import { masterKey } from '../../keys/master-key.ts'
import { inTransaction } from '../../store/transaction.ts'
import { type GateRig, gateRig } from '../../testing/gate-rig.ts'
import type { TestDatabase } from '../../testing/test-database.ts'
import { type IssuingParts, issueReceipts } from '../issue-receipts.ts'
import { type ReceiptRow, receiptsIn } from '../receipts.store.ts'

export type TaskColumns = Readonly<Record<string, unknown>>

const DUE = new Date('2026-12-20T00:00:00Z')

/** A gate with requests, tasks and subjects written straight into their tables, and everything that signs. */
export async function receiptRig(db: TestDatabase) {
  const gate: GateRig = await gateRig(db)
  const { workspaceId, newId } = gate
  const parts: IssuingParts = {
    pool: db.pool,
    keyStore: gate.keyStore,
    masterKey: masterKey(Buffer.alloc(32, 7)),
    random: randomBytes,
    now: () => new Date('2026-11-22T10:00:00Z'),
    newId,
    backupRetentionDays: 35,
    hasJournal: true,
  }

  async function addSubject(columns: TaskColumns = {}): Promise<string> {
    const subjectId = newId()
    await insert('subject', { subject_id: subjectId, created_at: parts.now(), ...columns })
    return subjectId
  }

  /** A request with one task; an erase that found somebody has an address book, as it has once it took effect. */
  async function addTask(task: TaskColumns) {
    const requestId = newId()
    const taskId = newId()
    await insert('request', {
      request_id: requestId,
      type: task.type ?? 'erase',
      status: 'running',
      actor: 'token:test',
      identifier_count: 2,
      created_at: parts.now(),
      due_at: DUE,
      jurisdiction: 'gdpr',
    })
    await insert('task', {
      task_id: taskId,
      request_id: requestId,
      destination: 'heed',
      type: 'erase',
      state: 'done',
      created_at: parts.now(),
      ...task,
    })
    if (task.subject_id !== undefined && (task.type ?? 'erase') === 'erase')
      await inTransaction(db.pool, (client) =>
        openAddressBook(client, gate.keyStore, { workspaceId, requestId, dueAt: DUE, now: parts.now() }),
      )
    return { workspaceId, requestId, taskId }
  }

  async function insert(table: string, columns: TaskColumns): Promise<void> {
    const row = { workspace_id: workspaceId, ...columns }
    const names = Object.keys(row)
    await db.pool.query(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(row),
    )
  }

  return {
    ...gate,
    parts,
    addSubject,
    addTask,
    insert,
    issue: (requestId: string, change: Partial<IssuingParts> = {}) =>
      issueReceipts({ ...parts, ...change }, { workspaceId, requestId }),
    ...changingIn(db),
    ...lookingIn(db, workspaceId),
  }
}

function changingIn(db: TestDatabase) {
  return {
    change: (taskId: string, set: string) =>
      db.pool.query(`update task set ${set} where task_id = $1`, [taskId]),
  }
}

function lookingIn(db: TestDatabase, workspaceId: string) {
  const keys = async () => JSON.stringify({ keys: await inTransaction(db.pool, publishedKeys) })
  return {
    keys,
    /** Newest first. */
    receiptsOf: (requestId: string): Promise<readonly ReceiptRow[]> =>
      receiptsIn(db.pool, workspaceId).ofRequest(requestId, { before: null, limit: 100 }),
    verify: async (file: string): Promise<ReceiptVerdict> =>
      verifyReceipt({ file, keys: await keys() }, webCryptography(globalThis.crypto.subtle)),
    facts: async (requestId: string) => {
      const { rows } = await db.pool.query<{ body: { receiptId: string; outcome: string } }>(
        `select body from outbox where kind = 'receipt-issued' and body ->> 'requestId' = $1 order by seq`,
        [publicId('req', requestId)],
      )
      return rows.map(({ body }) => body)
    },
  }
}

export type ReceiptRig = Awaited<ReturnType<typeof receiptRig>>
