/**
 * Everything the audit log tells, by kind. A body holds public ids (`req_…`), counts, words of the glossary and times as
 * ISO text; never an identifier, a digest of one, or text a person wrote.
 */
export type FactBodies = {
  'suppression-opened': {
    causeId: string
    causeKind: string
    scope: string
    requestId: string | null
    sourceId: string | null
    digestCount: number
    fromSeq: number
  }
  'suppression-lifted': { causeIds: readonly string[]; requestId: string | null; untilSeq: number }
  'request-opened': { requestId: string; type: string; identifierCount: number; dueAt: string }
  'request-settled': { requestId: string; type: string }
  'request-cancelled': { requestId: string; type: string }
  /** because: a word for why nobody guesses. */
  'approval-needed': { requestId: string; people: number; because: string }
  'request-approved': { requestId: string; people: number }
  'person-erased': {
    requestId: string
    taskId: string
    fragments: number
    identifiers: number
    recoverableUntil: string | null
  }
  'erase-held': { requestId: string; taskId: string; until: string }
  'erase-reversed': { requestId: string; taskId: string; keepsSuppressed: boolean }
  'keys-destroyed': { requestId: string; keys: number }
  /** planned and done: rows by table; different: the tables where they are not the same. */
  'erasure-looked-again': {
    requestId: string
    destination: string
    outcome: string
    survivors: number
    planned: Readonly<Record<string, number>>
    done: Readonly<Record<string, number>>
    different: readonly string[]
  }
  /** digest: SHA-256 of the signed text, base64url. The leaf has the receipt's own id. */
  'receipt-issued': { receiptId: string; requestId: string; outcome: string; digest: string }
  'hold-placed': { holdId: string; until: string }
  'hold-released': { holdId: string }
  'profile-corrected': { requestId: string; traits: number }
  'export-made': { requestId: string; bytes: number; events: number; expiresAt: string }
  'export-link-made': { requestId: string; expiresAt: string }
  'export-downloaded': { requestId: string; download: number }
  'source-created': { sourceId: string; trust: string }
  'source-changed': { sourceId: string; changed: readonly string[] }
  'token-created': { tokenId: string; scopes: readonly string[]; expiresAt: string | null }
  'token-revoked': { tokenId: string }
  'workspace-created': Record<string, never>
  'identity-linked': { linkId: string; provenance: string }
  'identity-unlinked': { linkId: string }
  'key-rotated': { key: 'master' | 'workspace' | 'signing' | 'digest'; version: string }
  'setting-changed': { setting: string }
  'access-to-personal-data': { door: string; rows: number }
  'restore-replayed': {
    entries: number
    opened: number
    lifted: number
    voided: number
    erased: number
    reversed: number
    destroyed: number
  }
  /** More opt-outs came through one source in ten minutes than it ever has: forged ones can be lifted by these times. */
  'opt-outs-jumped': { sourceId: string; count: number; usual: number; from: string; to: string }
  'import-run': { importId: string; sourceId: string; stored: number; refused: number }
  /** First leaf of a log that follows one which had shown more than it still holds. */
  'log-restarted': { origin: string; size: number; root: string }
}

export type FactKind = keyof FactBodies

/** One fact, ready for the outbox of the transaction that makes it true. */
export type Fact = {
  [Kind in FactKind]: {
    readonly workspaceId: string
    /** A fresh UUIDv7; becomes the id of the leaf. */
    readonly outboxId: string
    readonly kind: Kind
    readonly occurredAt: Date
    /** Who did it: `token:tok_…`, `source:src_…`, `system`. Letters, digits and `_:.-` only. */
    readonly actor: string
    /** The person it is about, or null. Enters the leaf only as a commitment. */
    readonly subjectId: string | null
    readonly body: Readonly<FactBodies[Kind]>
  }
}[FactKind]
