import type { Transaction } from '../store/transaction.ts'
import { addLog, lockLog, newestLog } from './audit-log.store.ts'

/** A checkpoint that somebody may have seen, as the journal kept it. `root` is hexadecimal. */
export type ShownCheckpoint = {
  readonly workspaceId: string
  readonly origin: string
  readonly size: number
  readonly root: string
  readonly at: string
}

/**
 * Tells the log what it has shown before this database was restored. Returns whether the workspace's newest log is shorter
 * than what it has shown, so that it must not be continued.
 */
export async function raiseShown(client: Transaction, shown: ShownCheckpoint): Promise<boolean> {
  const { workspaceId, origin, size, root } = shown
  await lockLog(client, workspaceId)
  await addIfUnknown(client, shown)
  await client.query(
    `update audit_log set shown_size = $3, shown_root = decode($4, 'hex')
     where workspace_id = $1 and origin = $2 and shown_size < $3`,
    [workspaceId, origin, size, root],
  )
  const newest = await newestLog(client, workspaceId)
  return newest !== null && newest.size < newest.shownSize
}

/** The log itself may be younger than the backup. */
async function addIfUnknown(client: Transaction, shown: ShownCheckpoint): Promise<void> {
  const { workspaceId, origin, at } = shown
  const { rowCount } = await client.query('select from audit_log where workspace_id = $1 and origin = $2', [
    workspaceId,
    origin,
  ])
  if (rowCount !== 0) return
  const previous = await newestLog(client, workspaceId)
  await addLog(client, { workspaceId, origin, at: new Date(at), previous })
}
