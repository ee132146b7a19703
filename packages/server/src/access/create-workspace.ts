import type { ClientBase } from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import { claimIdempotencyKey } from './claim-idempotency-key.ts'
import { addToken } from './create-token.ts'
import type { Principal } from './principal.ts'
import { mintToken } from './token-format.ts'
import { insertWorkspace } from './workspaces.store.ts'

export type CreateWorkspace = {
  readonly principal: Principal
  readonly name: string
  readonly idempotencyKey: string | null
}

/** `token` is null when the call is a repeat: only its digest is known by then. */
export type WorkspaceMade = { readonly workspaceId: string; readonly token: string | null }

/** A token belongs to one workspace, so a new workspace comes with its first token; the caller's own does not reach it. */
export async function createWorkspace(parts: AccessParts, call: CreateWorkspace): Promise<WorkspaceMade> {
  const workspaceId = freshId(parts)
  return inTransaction(parts.pool, async (client) => {
    const claim = await claimIdempotencyKey(client, {
      workspaceId: call.principal.workspaceId,
      key: call.idempotencyKey,
      route: 'POST /api/v1/workspaces',
      body: { name: call.name },
      resourceId: workspaceId,
      now: parts.now(),
    })
    if (claim.kind === 'repeat') return { workspaceId: claim.resourceId, token: null }
    const { actor, expiresAt } = call.principal
    await addWorkspace(client, parts, { workspaceId, name: call.name, actor })
    const secret = mintToken(parts.random)
    const token = {
      workspaceId,
      tokenId: freshId(parts),
      secret,
      name: 'first token',
      createdBy: actor,
      expiresAt,
    }
    await addToken(client, parts, { ...token, scopes: ['*'] })
    return { workspaceId, token: secret }
  })
}

export type AddedWorkspace = { readonly workspaceId: string; readonly name: string; readonly actor: string }

/** Stores the workspace, makes what it needs and tells its audit log, in the caller's transaction. */
export async function addWorkspace(
  client: ClientBase,
  parts: AccessParts,
  added: AddedWorkspace,
): Promise<void> {
  const { workspaceId, name, actor } = added
  const createdAt = parts.now()
  await insertWorkspace(client, { workspaceId, name, createdAt })
  const fact = {
    workspaceId,
    outboxId: freshId(parts),
    occurredAt: createdAt,
    actor,
    subjectId: null,
    body: {},
  }
  await appendToOutbox(client, [{ ...fact, kind: 'workspace-created' }])
}
