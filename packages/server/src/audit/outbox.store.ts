import type { Transaction } from '../store/transaction.ts'
import type { Fact } from './fact.ts'

/**
 * Writes facts inside the transaction that makes them true, so that neither exists without the other.
 * They get no position here: contiguous numbers taken in every transaction would make all of them wait for one row
 * until commit. The sequencer numbers what has committed.
 */
export async function appendToOutbox(client: Transaction, facts: readonly Fact[]): Promise<void> {
  if (facts.length === 0) return
  const rows = facts.map((fact) => ({
    workspace_id: fact.workspaceId,
    outbox_id: fact.outboxId,
    kind: fact.kind,
    occurred_at: fact.occurredAt,
    actor: fact.actor,
    subject_id: fact.subjectId,
    body: fact.body,
  }))
  await client.query(
    `insert into outbox (workspace_id, outbox_id, kind, occurred_at, actor, subject_id, body)
     select workspace_id, outbox_id, kind, occurred_at, actor, subject_id, body
     from jsonb_to_recordset($1::jsonb) as fact
       (workspace_id uuid, outbox_id uuid, kind text, occurred_at timestamptz, actor text, subject_id uuid, body jsonb)`,
    [JSON.stringify(rows)],
  )
}
