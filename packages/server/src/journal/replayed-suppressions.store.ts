import type { Transaction } from '../store/transaction.ts'
import type { EntryOf } from './journal-entry.ts'

/** Writes again what the entries say was suppressed; what is there already stays as it is. Returns how many rows are new. */
export async function openAgain(
  client: Transaction,
  entries: readonly EntryOf<'suppressed'>[],
): Promise<number> {
  if (entries.length === 0) return 0
  await client.query(
    `insert into suppression_cause
       (workspace_id, cause, kind, scope, subject_id, source_id, request_id, actor, from_seq, from_at)
     select workspace_id, cause, kind, scope, subject_id, source_id, request_id, actor, from_seq, from_at
     from jsonb_to_recordset($1::jsonb) as entry
       (workspace_id uuid, cause uuid, kind text, scope uuid, subject_id uuid, source_id uuid, request_id uuid,
        actor text, from_seq bigint, from_at timestamptz)
     order by workspace_id, cause
     on conflict (workspace_id, cause) do nothing`,
    [JSON.stringify(entries.map(causeRow))],
  )
  const { rowCount } = await client.query(
    `insert into suppression
       (workspace_id, digest, scope, cause, digest_version, from_seq, from_at, until_seq, until_at, client_before)
     select workspace_id, decode(digest, 'hex'), scope, cause, digest_version, from_seq, from_at, until_seq, until_at,
       client_before
     from jsonb_to_recordset($1::jsonb) as entry
       (workspace_id uuid, digest text, scope uuid, cause uuid, digest_version smallint, from_seq bigint,
        from_at timestamptz, until_seq bigint, until_at timestamptz, client_before timestamptz)
     order by workspace_id, digest
     on conflict (workspace_id, digest, scope, cause) do nothing`,
    [JSON.stringify(entries.flatMap(suppressionRows))],
  )
  return rowCount ?? 0
}

function causeRow({ workspaceId, cause }: EntryOf<'suppressed'>) {
  return {
    workspace_id: workspaceId,
    cause: cause.cause,
    kind: cause.kind,
    scope: cause.scope,
    subject_id: cause.subjectId,
    source_id: cause.sourceId,
    request_id: cause.requestId,
    actor: cause.actor,
    from_seq: cause.fromSeq,
    from_at: cause.fromAt,
  }
}

function suppressionRows(entry: EntryOf<'suppressed'>) {
  return entry.digests.map(({ digest, version }) => ({
    workspace_id: entry.workspaceId,
    digest,
    scope: entry.scope,
    cause: entry.cause.cause,
    digest_version: version,
    from_seq: entry.fromSeq,
    from_at: entry.fromAt,
    until_seq: entry.untilSeq,
    until_at: entry.untilAt,
    client_before: entry.clientBefore,
  }))
}

/** Closes again what the entry says was lifted: only what had begun before it. Returns how many rows it closed. */
export async function liftAgain(client: Transaction, entry: EntryOf<'unsuppressed'>): Promise<number> {
  const { workspaceId, causes, digests, seq, at, liftedBy } = entry
  const { rowCount } = await client.query(
    `update suppression set until_seq = $3, until_at = $4
     where workspace_id = $1 and cause = any($2::uuid[]) and until_seq is null and from_seq < $3
       and ($5::text[] is null or digest in (select decode(hex, 'hex') from unnest($5::text[]) as hex))`,
    [workspaceId, causes, seq, at, digests],
  )
  if (digests === null) {
    await client.query(
      `update suppression_cause set until_seq = $3, until_at = $4, lifted_by = $5
       where workspace_id = $1 and cause = any($2::uuid[]) and until_seq is null and from_seq < $3`,
      [workspaceId, causes, seq, at, liftedBy],
    )
  }
  return rowCount ?? 0
}
