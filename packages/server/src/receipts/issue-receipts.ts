import { createHash, createHmac } from 'node:crypto'
import { commitmentInput, type Opening, publicId, type Receipt, receiptOfTask, signReceipt } from '@heed/core'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { activeSigningKey, type SigningKey } from '../audit/signing-key.ts'
import { ERASED_TABLES } from '../erasure/erased-tables.ts'
import type { MasterKey } from '../keys/master-key.ts'
import { inTransaction } from '../store/transaction.ts'
import { countErasedRows, countTouchedRows } from './count-rows.ts'
import { keepOpening, type OpeningParts } from './keep-opening.ts'
import { receiptsIn } from './receipts.store.ts'
import { type RequestRef, taskFactsIn, type UnreceiptedTask } from './task-facts.store.ts'

export type IssuingParts = OpeningParts & {
  readonly masterKey: MasterKey
  readonly newId: () => string
  /** 0: unknown. */
  readonly backupRetentionDays: number
  /** Is a no-journal kept outside the database? */
  readonly hasJournal: boolean
}

/** A task may move on while its receipt is signed, and is then read again; what moves faster than this is left for later. */
const MOST_ROUNDS = 5

/**
 * Signs a receipt for every outcome of the request that has none, and answers how many. Everything it needs is in rows, so
 * it may be killed anywhere and called again by anybody: nothing is lost, and nothing is signed into the table twice.
 * No lock is held while it signs; a task that moved on meanwhile throws the signed text away.
 */
export async function issueReceipts(parts: IssuingParts, request: RequestRef): Promise<number> {
  let issued = 0
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const tasks = await taskFactsIn(parts.pool).withoutReceipt(request)
    if (tasks.length === 0) break
    const key = await signingKey(parts)
    for (const task of tasks) if (await issueOne(parts, key, task)) issued += 1
  }
  return issued
}

/**
 * Receipts that a crash has left behind, whoever was to issue them; answers how many it issued. One that cannot be issued
 * keeps no other waiting.
 * @throws AggregateError after all others when some could not be
 */
export async function issueMissingReceipts(parts: IssuingParts): Promise<number> {
  let issued = 0
  const failures: unknown[] = []
  for (const request of await taskFactsIn(parts.pool).waiting(MOST_REQUESTS)) {
    const [outcome] = await Promise.allSettled([issueReceipts(parts, request)])
    if (outcome.status === 'fulfilled') issued += outcome.value
    else failures.push(outcome.reason)
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} requests got no receipt`)
  return issued
}

const MOST_REQUESTS = 100

function signingKey({ pool, masterKey, now, newId }: IssuingParts): Promise<SigningKey> {
  return inTransaction(pool, (client) => activeSigningKey(client, { masterKey, now, newId }))
}

async function issueOne(parts: IssuingParts, key: SigningKey, task: UnreceiptedTask): Promise<boolean> {
  const opening = await keepOpening(parts, task)
  // The address book was made just now, and the receipt has to say so: the task is read again.
  if (opening !== null && task.addressBookUntil === null) return false
  const receiptId = parts.newId()
  const receipt = receiptOf(parts, task, { receiptId, opening })
  const jws = signReceipt(receipt, key)
  return inTransaction(parts.pool, async (client) => {
    const tasks = taskFactsIn(client)
    if (!(await tasks.lockUnchanged(task))) return false
    await tasks.setReceipted(task)
    const { requestId, taskId, outcome, previous } = task
    const issuedAt = new Date(receipt.issuedAt)
    const row = { receiptId, requestId, taskId, outcome, supersedes: previous, jws, issuedAt }
    const isNew = await receiptsIn(client, task.workspaceId).insert(row)
    if (isNew) await appendToOutbox(client, [issuedFact(task, { receiptId, jws, issuedAt })])
    return isNew
  })
}

type Naming = { readonly receiptId: string; readonly opening: Opening | null }

function receiptOf(parts: IssuingParts, task: UnreceiptedTask, { receiptId, opening }: Naming): Receipt {
  const counted = task.type === 'erase' ? countErasedRows(task) : countTouchedRows(task)
  const id = publicId('rcp', receiptId)
  return receiptOfTask({
    receiptId: id,
    requestId: publicId('req', task.requestId),
    supersedes: task.previous === null ? null : publicId('rcp', task.previous),
    type: task.type,
    jurisdiction: task.jurisdiction,
    outcome: task.outcome,
    subjectCommitment: commitment(id, opening),
    identifiersNamed: task.identifierCount,
    fragments: task.fragments,
    keys: task.keys,
    askedAt: task.createdAt,
    settledAt: task.settledAt,
    unreadableSince: task.dataDeletedAt,
    recoverableUntil: task.recoverableUntil,
    keysInEscrow: task.keysInEscrow,
    keysDestroyedAt: task.keysDestroyedAt,
    searchedAt: task.lookedAt,
    searchedTables: ERASED_TABLES.map(({ name }) => name),
    survivors: task.survivors,
    keyCopiesCleanedAt: task.keyCopiesCleanedAt,
    addressBookUntil: task.addressBookUntil,
    ...counted,
    backupRetentionDays: parts.backupRetentionDays,
    isProtectedAgainstRestore: parts.hasJournal,
    issuedAt: parts.now(),
  })
}

function commitment(receiptId: string, opening: Opening | null): string | null {
  const input = opening === null ? null : commitmentInput(receiptId, opening)
  if (input === null) return null
  return createHmac('sha256', input.nonce).update(input.message).digest('base64url')
}

/** The leaf has the receipt's own id, so that its place in the log is found without a search. It names no subject: an
 *  erased one has no salt any more, and a fresh one would be a new trace of them. */
function issuedFact(
  { workspaceId, requestId, outcome }: UnreceiptedTask,
  { receiptId, jws, issuedAt }: { receiptId: string; jws: string; issuedAt: Date },
) {
  return {
    workspaceId,
    outboxId: receiptId,
    kind: 'receipt-issued',
    occurredAt: issuedAt,
    actor: 'system',
    subjectId: null,
    body: {
      receiptId: publicId('rcp', receiptId),
      requestId: publicId('req', requestId),
      outcome,
      digest: createHash('sha256').update(jws).digest('base64url'),
    },
  } as const
}
