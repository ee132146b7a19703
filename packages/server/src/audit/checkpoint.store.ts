import type { Transaction } from '../store/transaction.ts'
import type { AuditLog } from './audit-log.store.ts'

type LogKey = Pick<AuditLog, 'workspaceId' | 'logNo'>

/** The newest checkpoint from now on; it may be shown to anybody. */
export async function keepCheckpoint(
  client: Transaction,
  { workspaceId, logNo }: LogKey,
  checkpoint: { size: number; root: Buffer; note: string; at: Date },
): Promise<void> {
  await client.query(
    `update audit_log set shown_size = $3, shown_root = $4, checkpoint = $5, checkpoint_size = $3, checkpoint_at = $6
     where workspace_id = $1 and log_no = $2 and shown_size <= $3`,
    [workspaceId, logNo, checkpoint.size, checkpoint.root, checkpoint.note, checkpoint.at],
  )
}

/** When the newest checkpoint was signed; null before the first. */
export async function checkpointAt(
  client: Transaction,
  { workspaceId, logNo }: LogKey,
): Promise<Date | null> {
  const { rows } = await client.query<{ checkpoint_at: Date | null }>(
    'select checkpoint_at from audit_log where workspace_id = $1 and log_no = $2',
    [workspaceId, logNo],
  )
  return rows[0]?.checkpoint_at ?? null
}

/** The newest signed checkpoint as a note; null before the first. */
export async function checkpointNote(
  client: Transaction,
  { workspaceId, logNo }: LogKey,
): Promise<string | null> {
  const { rows } = await client.query<{ checkpoint: string | null }>(
    'select checkpoint from audit_log where workspace_id = $1 and log_no = $2',
    [workspaceId, logNo],
  )
  return rows[0]?.checkpoint ?? null
}
