import type { Transaction } from '../store/transaction.ts'
import type { OutboxRow } from './leaf.ts'

/**
 * Workspaces that have facts without a number or leaves without a checkpoint. One index probe a workspace, however many
 * facts wait, so that asking five times a second costs an idle server nothing worth measuring.
 */
export async function workspacesWaiting(client: Transaction): Promise<readonly string[]> {
  const { rows } = await client.query<{ workspace_id: string }>(
    `with recursive waiting (workspace_id) as (
       (select workspace_id from outbox where position is null order by workspace_id limit 1)
       union all
       select (select o.workspace_id from outbox o where o.position is null and o.workspace_id > w.workspace_id
               order by o.workspace_id limit 1)
       from waiting w where w.workspace_id is not null
     )
     select workspace_id from waiting where workspace_id is not null
     union
     select workspace_id from audit_log where size > checkpoint_size and size >= shown_size`,
  )
  return rows.map((row) => row.workspace_id)
}

/** Committed facts that have no position yet, in the order they were written. */
export async function unnumbered(
  client: Transaction,
  { workspaceId, limit }: { workspaceId: string; limit: number },
): Promise<readonly OutboxRow[]> {
  const { rows } = await client.query<OutboxRow>(
    `select outbox_id as "outboxId", kind, occurred_at as "occurredAt", actor, subject_id as "subjectId", body
     from outbox where workspace_id = $1 and position is null order by seq limit $2`,
    [workspaceId, limit],
  )
  return rows
}

/** The salts of these subjects, made for those that have none. */
export async function saltsOf(
  client: Transaction,
  { workspaceId, fresh }: { workspaceId: string; fresh: ReadonlyMap<string, Buffer> },
): Promise<ReadonlyMap<string, Buffer>> {
  if (fresh.size === 0) return new Map()
  const subjects = [...fresh.keys()]
  await client.query(
    `insert into subject_salt (workspace_id, subject_id, salt)
     select $1, subject_id, salt from unnest($2::uuid[], $3::bytea[]) as made (subject_id, salt)
     order by subject_id on conflict (workspace_id, subject_id) do nothing`,
    [workspaceId, subjects, [...fresh.values()]],
  )
  const { rows } = await client.query<{ subject_id: string; salt: Buffer }>(
    'select subject_id, salt from subject_salt where workspace_id = $1 and subject_id = any($2::uuid[])',
    [workspaceId, subjects],
  )
  return new Map(rows.map((row) => [row.subject_id, row.salt]))
}
