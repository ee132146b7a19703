import { InvariantViolation } from '@heed/core'
import type { Transaction } from '../store/transaction.ts'
import type { AuditLog } from './audit-log.store.ts'

export type NumberedLeaf = {
  readonly outboxId: string
  readonly position: number
  readonly entry: string
  readonly leafHash: Buffer
  /** Unix ms, greater than that of every leaf before. */
  readonly lastModified: number
}

/** Writes the leaves and gives their facts the same positions. The unique keys refuse a second number for either. */
export async function insertLeaves(
  client: Transaction,
  log: AuditLog,
  leaves: readonly NumberedLeaf[],
): Promise<void> {
  const { workspaceId, logNo } = log
  const positions = leaves.map(({ position }) => position)
  const ids = leaves.map(({ outboxId }) => outboxId)
  await client.query(
    `insert into audit_leaf (workspace_id, position, log_no, outbox_id, leaf_hash, entry, last_modified)
     select $1, position, $2, outbox_id, leaf_hash, entry, last_modified
     from unnest($3::bigint[], $4::uuid[], $5::bytea[], $6::text[], $7::bigint[])
       as leaf (position, outbox_id, leaf_hash, entry, last_modified)`,
    [
      workspaceId,
      logNo,
      positions,
      ids,
      leaves.map(({ leafHash }) => leafHash),
      leaves.map(({ entry }) => entry),
      leaves.map(({ lastModified }) => lastModified),
    ],
  )
  const { rowCount } = await client.query(
    `update outbox set position = leaf.position
     from unnest($2::uuid[], $3::bigint[]) as leaf (outbox_id, position)
     where workspace_id = $1 and outbox.outbox_id = leaf.outbox_id and outbox.position is null`,
    [workspaceId, ids, positions],
  )
  if (rowCount !== leaves.length)
    throw new InvariantViolation(`${leaves.length} facts were to be numbered, ${rowCount} were`)
}

export type StoredLeaf = {
  /** Its index in its log. */
  readonly leaf: number
  readonly entry: string
  readonly leafHash: Buffer
  readonly lastModified: number
}

/** Leaves of a log from index `start` on. */
export async function leavesFrom(
  client: Transaction,
  log: AuditLog,
  { start, limit }: { start: number; limit: number },
): Promise<readonly StoredLeaf[]> {
  const { rows } = await client.query<{
    position: string
    entry: string
    leaf_hash: Buffer
    last_modified: string
  }>(
    `select position, entry, leaf_hash, last_modified from audit_leaf
     where workspace_id = $1 and log_no = $2 and position >= $3 and position < $3 + $4::bigint
     order by position`,
    [log.workspaceId, log.logNo, log.firstPosition + start, limit],
  )
  return rows.map((row) => ({
    leaf: Number(row.position) - log.firstPosition,
    entry: row.entry,
    leafHash: row.leaf_hash,
    lastModified: Number(row.last_modified),
  }))
}
