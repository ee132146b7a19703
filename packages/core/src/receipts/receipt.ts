/**
 * What a receipt says, as it is signed. Times are ISO text in UTC, ids are public ones (`rcp_…`). It names nobody: whom it is
 * about is behind `subjectCommitment`, which only its opening can show. docs/formats/receipts.md explains each member.
 */
export type Receipt = {
  readonly v: 1
  readonly receiptId: string
  readonly requestId: string
  readonly type: ReceiptType
  readonly jurisdiction: string | null
  /** base64url of HMAC-SHA-256(nonce, receipt id ‖ subject id); null when it is about nobody, or can no longer be opened. */
  readonly subjectCommitment: string | null
  readonly destination: Destination
  readonly outcome: ReceiptOutcome
  /** Of a `still-found`: how many rows were still there. */
  readonly stillFound: number | null
  readonly proof: ProofMethod
  readonly askedAt: string
  readonly answeredAt: string | null
  readonly lookedAt: string | null
  readonly searched: Searched | null
  readonly evidence: Evidence
  readonly rows: RowCounts
  readonly retained: readonly Retained[]
  readonly residuals: readonly Residual[]
  readonly unreadableSince: string | null
  readonly recoverableUntil: string | null
  readonly providerRecoverableUntil: string | null
  readonly keysDestroyedAt: string | null
  /** When the last copy of a destroyed key ages out of backups and replicas; null while no key is destroyed. */
  readonly keyCopiesUntil: string | null
  readonly protectedAgainstRestore: boolean
  readonly policyVersion: string
  readonly supersedes: string | null
  readonly issuedAt: string
}

export type ReceiptType = 'erase' | 'access' | 'correct' | 'restrict'

export type ReceiptOutcome = 'accepted' | 'confirmed' | 'not-found' | 'still-found' | 'cancelled'

/** How the outcome is known: the destination said so, it was looked at again, somebody vouches for it, or not at all. */
export type ProofMethod = 'answer' | 'looked-again' | 'attested' | 'none'

export type Destination = { readonly id: string; readonly connector: string; readonly version: string }

/** What was looked for, how many of it, and in which tables. */
export type Searched = {
  readonly by: 'identifiers' | 'fragments-and-keys'
  readonly count: number
  readonly tables: readonly string[]
}

/** What a vendor answered. Heed's own store is no vendor: all three are null there. */
export type Evidence = {
  readonly status: string | null
  readonly bodyDigest: string | null
  readonly vendorHandle: string | null
}

/** null: not counted. `kept` rows stay without anything that leads to the person. */
export type RowCounts = {
  readonly matched: number | null
  readonly removed: number | null
  readonly kept: number | null
}

/** Rows that stay on purpose. */
export type Retained = {
  readonly what: string
  readonly rows: number | null
  readonly reason: string
  readonly law: string | null
  readonly until: string | null
}

/** Where something may still lie that nobody keeps on purpose. `until` null: no end is known yet. */
export type Residual = {
  readonly kind: 'escrow' | 'address-book' | 'live-cluster' | 'backup' | 'replica'
  readonly until: string | null
  readonly reason: string
}

/** Stands where a time would: the operator has not said how long backups are kept. */
export const UNKNOWN = 'unknown'

/** What opens a subject commitment. Only the person's copy of a receipt has it. */
export type Opening = {
  /** `sub_…` */
  readonly subjectId: string
  /** 32 bytes, base64url. */
  readonly nonce: string
}
