import {
  type Receipt,
  type ReceiptOutcome,
  type ReceiptType,
  type Residual,
  type Retained,
  type RowCounts,
  UNKNOWN,
} from './receipt.ts'

/** What the rows of a task at Heed's own store say when its receipt is written. */
export type TaskFacts = {
  readonly receiptId: string
  readonly requestId: string
  readonly supersedes: string | null
  readonly type: ReceiptType
  readonly jurisdiction: string | null
  readonly outcome: ReceiptOutcome
  readonly subjectCommitment: string | null
  readonly identifiersNamed: number
  readonly fragments: number
  readonly keys: number
  readonly askedAt: Date
  readonly settledAt: Date | null
  readonly unreadableSince: Date | null
  readonly recoverableUntil: Date | null
  /** Keys that a reverse could still bring back. */
  readonly keysInEscrow: number
  readonly keysDestroyedAt: Date | null
  /** When every table was searched for survivors. */
  readonly searchedAt: Date | null
  readonly searchedTables: readonly string[]
  readonly survivors: number | null
  /** Up to which removal of keys their copies in the live cluster have been overwritten. */
  readonly keyCopiesCleanedAt: Date | null
  readonly addressBookUntil: Date | null
  readonly planned: RowCounts
  readonly done: RowCounts
  readonly retained: readonly Retained[]
  /** 0: unknown. */
  readonly backupRetentionDays: number
  readonly isProtectedAgainstRestore: boolean
  readonly issuedAt: Date
}

/** The table of what an erase removes and keeps, as docs/formats/receipts.md has it. */
const POLICY_VERSION = '2026-11'

const HEED_STORE = { id: 'heed', connector: 'heed', version: '1' }
const NO_EVIDENCE = { status: null, bodyDigest: null, vendorHandle: null }

/** The receipt that these facts allow, and no more: a claim that the rows do not carry is left out. */
export function receiptOfTask(facts: TaskFacts): Receipt {
  const hasLookedAgain = facts.searchedAt !== null && LOOKED_AGAIN.includes(facts.outcome)
  const copiesUntil = keyCopiesUntil(facts)
  const answeredAt = facts.outcome === 'accepted' ? facts.unreadableSince : facts.settledAt
  return {
    v: 1,
    receiptId: facts.receiptId,
    requestId: facts.requestId,
    type: facts.type,
    jurisdiction: facts.jurisdiction,
    subjectCommitment: facts.subjectCommitment,
    destination: HEED_STORE,
    outcome: facts.outcome,
    stillFound: facts.outcome === 'still-found' ? facts.survivors : null,
    proof: hasLookedAgain ? 'looked-again' : 'answer',
    askedAt: facts.askedAt.toISOString(),
    answeredAt: iso(answeredAt),
    lookedAt: iso(hasLookedAgain ? facts.searchedAt : notFoundAt(facts)),
    searched: searched(facts, hasLookedAgain),
    evidence: NO_EVIDENCE,
    rows: rowsOf(facts),
    retained: WITH_ROWS_LEFT.includes(facts.outcome) ? facts.retained : [],
    residuals: residuals(facts, copiesUntil),
    unreadableSince: iso(isErased(facts) ? facts.unreadableSince : null),
    recoverableUntil: iso(isInEscrow(facts) ? facts.recoverableUntil : null),
    providerRecoverableUntil: null,
    keysDestroyedAt: iso(isErased(facts) ? facts.keysDestroyedAt : null),
    keyCopiesUntil: copiesUntil,
    protectedAgainstRestore: facts.isProtectedAgainstRestore,
    policyVersion: POLICY_VERSION,
    supersedes: facts.supersedes,
    issuedAt: facts.issuedAt.toISOString(),
  }
}

const LOOKED_AGAIN: readonly ReceiptOutcome[] = ['confirmed', 'still-found']
const WITH_ROWS_LEFT: readonly ReceiptOutcome[] = ['confirmed', 'still-found', 'not-found']
const ERASED: readonly ReceiptOutcome[] = ['accepted', 'confirmed', 'still-found']

const isErased = ({ type, outcome }: TaskFacts): boolean => type === 'erase' && ERASED.includes(outcome)
const isInEscrow = (facts: TaskFacts): boolean => isErased(facts) && facts.keysInEscrow > 0

function notFoundAt({ outcome, settledAt }: TaskFacts): Date | null {
  return outcome === 'not-found' ? settledAt : null
}

function searched(facts: TaskFacts, hasLookedAgain: boolean): Receipt['searched'] {
  if (facts.outcome === 'not-found')
    return { by: 'identifiers', count: facts.identifiersNamed, tables: ['identifier'] }
  if (!hasLookedAgain) return null
  return {
    by: 'fragments-and-keys',
    count: facts.fragments + facts.keys,
    tables: [...facts.searchedTables].sort(),
  }
}

function rowsOf({ outcome, type, planned, done }: TaskFacts): RowCounts {
  if (outcome === 'not-found') return { matched: 0, removed: 0, kept: 0 }
  if (outcome === 'confirmed' || outcome === 'still-found') return done
  const isUntouched = type === 'erase' || outcome === 'cancelled'
  return { matched: planned.matched, removed: isUntouched ? 0 : null, kept: planned.matched }
}

const DAY_MS = 86_400_000

function keyCopiesUntil(facts: TaskFacts): string | null {
  if (!isErased(facts) || facts.keysDestroyedAt === null) return null
  if (facts.backupRetentionDays === 0) return UNKNOWN
  return new Date(facts.keysDestroyedAt.getTime() + facts.backupRetentionDays * DAY_MS).toISOString()
}

function residuals(facts: TaskFacts, copiesUntil: string | null): readonly Residual[] {
  const addressBook = facts.addressBookUntil
  return [
    ...(isInEscrow(facts) ? inEscrow(facts) : []),
    ...(addressBook === null
      ? []
      : [{ kind: 'address-book', until: iso(addressBook), ...ADDRESS_BOOK } as const]),
    ...(copiesUntil === null ? [] : copiesOfKeys(facts, copiesUntil)),
  ]
}

const ADDRESS_BOOK = {
  reason: 'what the running request needs to name the person, sealed under a key of its own',
}

function inEscrow({ recoverableUntil }: TaskFacts): readonly Residual[] {
  return [
    {
      kind: 'escrow',
      until: iso(recoverableUntil),
      reason: 'the keys, so that the erase can still be reversed',
    },
    {
      kind: 'backup',
      until: null,
      reason: 'copies of the keys, whose time is counted from their destruction',
    },
    {
      kind: 'replica',
      until: null,
      reason: 'copies of the keys, whose time is counted from their destruction',
    },
  ]
}

function copiesOfKeys(
  { keysDestroyedAt, keyCopiesCleanedAt }: TaskFacts,
  until: string,
): readonly Residual[] {
  const isCleaned =
    keysDestroyedAt !== null && keyCopiesCleanedAt !== null && keyCopiesCleanedAt >= keysDestroyedAt
  const copies: readonly Residual[] = [
    { kind: 'backup', until, reason: 'copies of the destroyed keys and of what they open' },
    { kind: 'replica', until, reason: 'copies of the destroyed keys and of what they open' },
  ]
  if (isCleaned) return copies
  return [
    {
      kind: 'live-cluster',
      until: null,
      reason: 'copies of the destroyed keys in heap pages and WAL, until they have been overwritten',
    },
    ...copies,
  ]
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
