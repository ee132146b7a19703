import type { receiptOfTask } from '@heed/core'

type TaskFacts = Parameters<typeof receiptOfTask>[0]

export const RECEIPT_OPENING = {
  subjectId: 'sub_019abcde-0000-7000-8000-0000000000aa',
  nonce: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE',
}

/** An erase after its window: keys destroyed, scrubbed, searched, nothing found. */
export function confirmedErase(): TaskFacts {
  return {
    receiptId: 'rcp_019abcde-0000-7000-8000-000000000001',
    requestId: 'req_019abcde-0000-7000-8000-000000000002',
    supersedes: null,
    type: 'erase',
    jurisdiction: 'gdpr',
    outcome: 'confirmed',
    subjectCommitment: 'ETN1mL90Yw6aGaSM5Ny860H_6GKmzZlp9yPw_AN6L2o',
    identifiersNamed: 2,
    fragments: 2,
    keys: 3,
    askedAt: new Date('2026-11-01T10:00:00Z'),
    settledAt: new Date('2026-11-08T10:05:00Z'),
    unreadableSince: new Date('2026-11-01T10:00:01Z'),
    recoverableUntil: new Date('2026-11-08T10:00:00Z'),
    keysInEscrow: 0,
    keysDestroyedAt: new Date('2026-11-08T10:00:10Z'),
    searchedAt: new Date('2026-11-08T10:04:59Z'),
    searchedTables: ['event', 'identifier', 'profile', 'purchase', 'subject_key'],
    survivors: 0,
    keyCopiesCleanedAt: null,
    addressBookUntil: new Date('2027-02-27T00:00:00Z'),
    planned: { matched: 130, removed: null, kept: null },
    done: { matched: 130, removed: 10, kept: 120 },
    retained: [
      {
        what: 'event',
        rows: 120,
        reason: 'leads to nobody any more and goes on counting',
        law: null,
        until: null,
      },
    ],
    backupRetentionDays: 35,
    isProtectedAgainstRestore: true,
    issuedAt: new Date('2026-11-08T10:05:01Z'),
  }
}
