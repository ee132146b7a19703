import { generateKeyPairSync, sign, webcrypto } from 'node:crypto'
import type { Receipt } from '../receipt.ts'
import { type ReceiptSigner, signReceipt } from '../receipt-jws.ts'
import { receiptOfTask, type TaskFacts } from '../receipt-of-task.ts'
import { webCryptography } from '../web-cryptography.ts'

export const RECEIPT_ID = 'rcp_019abcde-0000-7000-8000-000000000001'
export const SUBJECT_ID = 'sub_019abcde-0000-7000-8000-0000000000aa'
export const NONCE = 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE'
/** HMAC-SHA-256 of the two ids above under that nonce, computed with Python's hmac. */
export const COMMITMENT = 'ETN1mL90Yw6aGaSM5Ny860H_6GKmzZlp9yPw_AN6L2o'

const at = (text: string) => new Date(`2026-11-${text}Z`)
const NOT_COUNTED = { matched: null, removed: null, kept: null }

/** An erase at Heed's own store, in its window. */
export function taskFacts(change: Partial<TaskFacts> = {}): TaskFacts {
  return {
    receiptId: RECEIPT_ID,
    requestId: 'req_019abcde-0000-7000-8000-000000000002',
    supersedes: null,
    type: 'erase',
    jurisdiction: 'gdpr',
    outcome: 'accepted',
    subjectCommitment: COMMITMENT,
    identifiersNamed: 2,
    fragments: 2,
    keys: 3,
    askedAt: at('01T10:00:00'),
    settledAt: null,
    unreadableSince: at('01T10:00:01'),
    recoverableUntil: at('08T10:00:00'),
    keysInEscrow: 3,
    keysDestroyedAt: null,
    searchedAt: null,
    searchedTables: ['event', 'profile'],
    survivors: null,
    keyCopiesCleanedAt: null,
    addressBookUntil: null,
    planned: NOT_COUNTED,
    done: NOT_COUNTED,
    retained: [],
    backupRetentionDays: 35,
    isProtectedAgainstRestore: true,
    issuedAt: at('01T10:00:02'),
    ...change,
  }
}

/** The same erase after its window: keys destroyed, scrubbed, searched, nothing found. */
export function confirmedFacts(change: Partial<TaskFacts> = {}): TaskFacts {
  return taskFacts({
    outcome: 'confirmed',
    settledAt: at('08T10:05:00'),
    keysInEscrow: 0,
    keysDestroyedAt: at('08T10:00:10'),
    searchedAt: at('08T10:04:59'),
    survivors: 0,
    planned: { matched: 130, removed: null, kept: null },
    done: { matched: 130, removed: 10, kept: 120 },
    retained: [
      { what: 'event', rows: 120, reason: 'counts without leading to the person', law: null, until: null },
    ],
    issuedAt: at('08T10:05:01'),
    ...change,
  })
}

export type Signer = ReceiptSigner & { readonly published: string }

export function newSigner(keyId = 'key-1', retiredAt: string | null = null): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { kty, crv, x } = publicKey.export({ format: 'jwk' })
  return {
    keyId,
    sign: (message) => sign(null, message, privateKey),
    published: JSON.stringify({ keys: [{ kty, crv, alg: 'EdDSA', use: 'sig', kid: keyId, x, retiredAt }] }),
  }
}

export const cryptography = webCryptography(webcrypto.subtle)

/** The three shapes a receipt has on its way: the door's answer, the person's copy, the bare JWS. */
export function shapesOf(facts: TaskFacts, signer: ReceiptSigner) {
  const receipt: Receipt = receiptOfTask(facts)
  const jws = signReceipt(receipt, signer)
  const opening = { subjectId: SUBJECT_ID, nonce: NONCE }
  return {
    receipt,
    answer: JSON.stringify({ receipt, jws }),
    personsCopy: JSON.stringify({ receipt, jws, opening }),
    jws,
  }
}
