import { Problem } from '@heed/protocol'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import type { Principal } from './principal.ts'
import { renameWorkspaceRow, type WorkspaceRow } from './workspaces.store.ts'

export async function renameWorkspace(
  parts: AccessParts,
  { principal, name }: { readonly principal: Principal; readonly name: string },
): Promise<WorkspaceRow> {
  const { workspaceId, actor } = principal
  return inTransaction(parts.pool, async (client) => {
    const renamed = await renameWorkspaceRow(client, workspaceId, name)
    if (renamed === null) throw new Problem('not-found', 'There is no such workspace.')
    const body = { setting: 'workspace.name' }
    const fact = {
      workspaceId,
      outboxId: freshId(parts),
      occurredAt: parts.now(),
      actor,
      subjectId: null,
      body,
    }
    await appendToOutbox(client, [{ ...fact, kind: 'setting-changed' }])
    return renamed
  })
}
