/**
 * Where personal data lies, table by table, and how one person's rows are found there. Erasing and handing out go through
 * this list; a test compares it with the migrated database, so that a new table cannot be forgotten.
 */
export type PersonalTable = {
  readonly kind: 'personal'
  /** The column that leads to the person. `subject`: a fragment's id. `digest`: of an identifier. `request`: theirs. */
  readonly reachedBy: { readonly column: string; readonly by: ReachedBy }
  /** Sealed under the subject's key, or the request's where it is reached by that; unreadable as soon as the key is gone. */
  readonly sealed: readonly string[]
}

type ReachedBy = 'subject' | 'digest' | 'request'

export type ImpersonalTable = { readonly kind: 'impersonal'; readonly because: string }

const personal = (column: string, by: ReachedBy, sealed: readonly string[] = []): PersonalTable => ({
  kind: 'personal',
  reachedBy: { column, by },
  sealed,
})

const impersonal = (because: string): ImpersonalTable => ({ kind: 'impersonal', because })

export const PERSONAL_DATA: Readonly<Record<string, PersonalTable | ImpersonalTable>> = {
  access_export: personal('subject_id', 'subject'),
  api_token: impersonal('operators, not subjects; the token is a digest'),
  audit_leaf: impersonal('names a person only by a commitment whose salt is subject_salt'),
  audit_log: impersonal('sizes and roots'),
  audit_tile: impersonal('hashes'),
  digest_key: impersonal('keys of the workspace'),
  drop_batch: personal('digests', 'digest'),
  drop_digest: personal('digest', 'digest'),
  drop_hour: impersonal('counts by hour, source and reason'),
  escrowed_key: personal('subject_id', 'subject'),
  event: personal('subject_id', 'subject', ['sealed']),
  export_chunk: personal('subject_id', 'subject', ['sealed']),
  heed_migration: impersonal('versions of the schema'),
  hold: personal('subject_id', 'subject', ['sealed']),
  idempotency_key: impersonal('digests under keys that only the caller has'),
  identifier: personal('subject_id', 'subject', ['sealed']),
  identifier_mention: personal('subject_id', 'subject'),
  journal_state: impersonal('positions'),
  kek: impersonal('keys of the workspace'),
  key_removal: impersonal('times'),
  master_key: impersonal('ids of master keys'),
  message_seen: impersonal('keyed digests of message ids, gone within two days'),
  message_turn: impersonal('which of two tables is written'),
  node: impersonal('nodes of the installation'),
  outbox: personal('subject_id', 'subject'),
  profile: personal('subject_id', 'subject', ['sealed']),
  purchase: personal('subject_id', 'subject', ['sealed']),
  receipt: impersonal('names a person only by a commitment whose opening is theirs'),
  report_cell: impersonal('counts of persons'),
  request: impersonal('names nobody; whom it is about is in request_digest'),
  request_address: personal('request_id', 'request', ['sealed']),
  request_digest: personal('digest', 'digest'),
  request_key: impersonal('keys of requests'),
  restriction: personal('subject_id', 'subject'),
  signing_key: impersonal('keys of the server'),
  source: impersonal('where data comes in'),
  subject: personal('subject_id', 'subject'),
  subject_alias: personal('absorbed', 'subject'),
  subject_key: personal('subject_id', 'subject'),
  subject_salt: personal('subject_id', 'subject'),
  suppression: personal('digest', 'digest'),
  suppression_cause: personal('subject_id', 'subject'),
  task: personal('subject_id', 'subject'),
  workspace: impersonal('one tenant'),
}
