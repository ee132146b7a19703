import { Problem } from '@heed/protocol'
import type { Transaction } from '../store/transaction.ts'
import { type AuditLog, logByNumber, newestLog } from './audit-log.store.ts'

/** A log and how much of it may be shown: what no checkpoint covers yet could be lost in a restore without anybody knowing. */
export type ShownLog = { readonly log: AuditLog; readonly size: number }

/** The log with this number, or the newest. @throws Problem `not-found` when there is none. */
export async function shownLog(
  client: Transaction,
  which: { workspaceId: string; logNo: number | null },
): Promise<ShownLog> {
  const { workspaceId, logNo } = which
  const log =
    logNo === null ? await newestLog(client, workspaceId) : await logByNumber(client, { workspaceId, logNo })
  if (log === null) throw new Problem('not-found', 'Nothing has been logged yet, or no log has this number.')
  return { log, size: Math.min(log.size, log.shownSize) }
}
