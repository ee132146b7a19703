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
  readonly action: EraseAction
}

type ReachedBy = 'subject' | 'digest' | 'request'

/**
 * What an erase does to a person's rows. `nulled`: what was sealed goes, the row stays. `anonymised`: the row leads to nobody
 * any more and goes on counting. `kept`: it says nothing without data that is gone, or it is what keeps the person away.
 */
export type EraseAction = 'nulled' | 'deleted' | 'anonymised' | 'kept'

export type ImpersonalTable = { readonly kind: 'impersonal'; readonly because: string }

type Reached = { readonly column: string; readonly by: ReachedBy; readonly sealed?: readonly string[] }

const personal = (action: EraseAction, { column, by, sealed = [] }: Reached): PersonalTable => ({
  kind: 'personal',
  reachedBy: { column, by },
  sealed,
  action,
})

const ofSubject = { column: 'subject_id', by: 'subject' } as const
const sealedForSubject = { ...ofSubject, sealed: ['sealed'] } as const
const ofDigest = { column: 'digest', by: 'digest' } as const

const impersonal = (because: string): ImpersonalTable => ({ kind: 'impersonal', because })

export const PERSONAL_DATA: Readonly<Record<string, PersonalTable | ImpersonalTable>> = {
  access_export: personal('deleted', ofSubject),
  api_token: impersonal('operators, not subjects; the token is a digest'),
  audit_leaf: impersonal('names a person only by a commitment whose salt is subject_salt'),
  audit_log: impersonal('sizes and roots'),
  audit_tile: impersonal('hashes'),
  digest_key: impersonal('keys of the workspace'),
  drop_batch: personal('kept', { column: 'digests', by: 'digest' }),
  drop_digest: personal('kept', ofDigest),
  drop_hour: impersonal('counts by hour, source and reason'),
  escrowed_key: personal('deleted', ofSubject),
  event: personal('anonymised', sealedForSubject),
  export_chunk: personal('deleted', sealedForSubject),
  heed_migration: impersonal('versions of the schema'),
  hold: personal('nulled', sealedForSubject),
  idempotency_key: impersonal('digests under keys that only the caller has'),
  identifier: personal('deleted', sealedForSubject),
  identifier_mention: personal('deleted', ofSubject),
  journal_state: impersonal('positions'),
  kek: impersonal('keys of the workspace'),
  key_removal: impersonal('times'),
  master_key: impersonal('ids of master keys'),
  message_seen: impersonal('keyed digests of message ids, gone within two days'),
  message_turn: impersonal('which of two tables is written'),
  node: impersonal('nodes of the installation'),
  outbox: personal('anonymised', ofSubject),
  profile: personal('nulled', sealedForSubject),
  purchase: personal('anonymised', sealedForSubject),
  receipt: impersonal('names a person only by a commitment whose opening is theirs'),
  report_cell: impersonal('counts of persons'),
  request: impersonal('names nobody; whom it is about is in request_digest'),
  request_address: personal('deleted', { column: 'request_id', by: 'request', sealed: ['sealed'] }),
  request_digest: personal('kept', ofDigest),
  request_key: impersonal('keys of requests'),
  restriction: personal('kept', ofSubject),
  signing_key: impersonal('keys of the server'),
  source: impersonal('where data comes in'),
  subject: personal('kept', ofSubject),
  subject_alias: personal('deleted', { column: 'absorbed', by: 'subject' }),
  subject_key: personal('deleted', ofSubject),
  subject_salt: personal('deleted', ofSubject),
  suppression: personal('kept', ofDigest),
  suppression_cause: personal('kept', ofSubject),
  task: personal('kept', ofSubject),
  unjournalled_lift: impersonal(
    'ids of causes and digests on their way to the no-journal, gone within seconds',
  ),
  workspace: impersonal('one tenant'),
}
