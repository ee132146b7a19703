import type pg from 'pg'
import type { SuppressionRow } from './suppressions.store.ts'

/** An opt-out event that was stored: the event's id is its cause. */
export type OptOutCause = {
  readonly cause: string
  /** The fragment it was written under. */
  readonly subjectId: string
  readonly sourceId: string
  readonly actor: string
}

/**
 * Opens the causes of opt-outs of different persons, each over all that its person is known by: root, closure and rows in
 * one statement however many there are, because everybody else waits at the gate meanwhile. Answers the rows.
 */
export async function openOptOuts(
  client: pg.ClientBase,
  workspaceId: string,
  causes: readonly OptOutCause[],
): Promise<SuppressionRow[]> {
  const { rows } = await client.query<SuppressionRow>({
    name: 'open-opt-outs',
    text: `
      with asked as materialized (
        select u.*, nextval('fact_seq') as from_seq, clock_timestamp() as from_at
        from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) as u(cause, subject_id, source_id, actor)),
      opened as (
        insert into suppression_cause (workspace_id, cause, kind, scope, subject_id, source_id, request_id, actor, from_seq, from_at)
        select $1::uuid, cause, 'opt-out-event', $1::uuid, subject_id, source_id, null, actor, from_seq, from_at from asked
        returning cause)
      insert into suppression (workspace_id, digest, scope, cause, digest_version, from_seq, from_at)
      select $1::uuid, i.digest, $1::uuid, a.cause, i.digest_version, a.from_seq, a.from_at
      from asked a
      join opened using (cause),
           subject_fragments($1, subject_root($1, a.subject_id)) as f(fragment)
      join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment
      returning digest, digest_version as version, scope, cause, from_seq as "fromSeq", from_at as "fromAt",
                until_seq as "untilSeq", until_at as "untilAt", client_before as "clientBefore"`,
    values: [
      workspaceId,
      causes.map(({ cause }) => cause),
      causes.map(({ subjectId }) => subjectId),
      causes.map(({ sourceId }) => sourceId),
      causes.map(({ actor }) => actor),
    ],
  })
  return rows
}
