import { publicId } from '@heed/core'
import { type NewToken, Problem, type ScopeName } from '@heed/protocol'
import type { ClientBase } from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import { claimIdempotencyKey } from './claim-idempotency-key.ts'
import { mayGrant, type Principal } from './principal.ts'
import { mintToken, secretDigest } from './token-format.ts'
import { insertToken } from './tokens.store.ts'

export type CreateToken = {
  readonly principal: Principal
  readonly token: NewToken
  readonly idempotencyKey: string | null
}

/** `token` is null when the call is a repeat: only its digest is known by then. */
export type TokenMade = { readonly tokenId: string; readonly token: string | null }

/** Makes a token that can do no more and lives no longer than the one that asks for it. */
export async function createToken(
  parts: AccessParts,
  { principal, token, idempotencyKey }: CreateToken,
): Promise<TokenMade> {
  const expiresAt = token.expiresAt === null ? null : new Date(token.expiresAt)
  refuseWidening(principal, token.scopes, expiresAt)
  if (expiresAt !== null && expiresAt <= parts.now())
    throw new Problem('conflict', 'expiresAt has already passed.')
  const { workspaceId, actor } = principal
  const tokenId = freshId(parts)
  return inTransaction(parts.pool, async (client) => {
    const claim = await claimIdempotencyKey(client, {
      workspaceId,
      key: idempotencyKey,
      route: 'POST /api/v1/tokens',
      body: token,
      resourceId: tokenId,
      now: parts.now(),
    })
    if (claim.kind === 'repeat') return { tokenId: claim.resourceId, token: null }
    const secret = mintToken(parts.random)
    const row = { workspaceId, tokenId, name: token.name, scopes: token.scopes, createdBy: actor, expiresAt }
    await addToken(client, parts, { ...row, secret })
    return { tokenId, token: secret }
  })
}

export type AddedToken = {
  readonly workspaceId: string
  readonly tokenId: string
  readonly secret: string
  readonly name: string
  readonly scopes: readonly ScopeName[]
  readonly createdBy: string
  readonly expiresAt: Date | null
}

/** Stores the token and tells the audit log, in the caller's transaction. */
export async function addToken(
  client: ClientBase,
  parts: AccessParts,
  { secret, ...token }: AddedToken,
): Promise<void> {
  const createdAt = parts.now()
  await insertToken(client, { ...token, digest: secretDigest(secret), createdAt })
  await appendToOutbox(client, [
    {
      workspaceId: token.workspaceId,
      outboxId: freshId(parts),
      kind: 'token-created',
      occurredAt: createdAt,
      actor: token.createdBy,
      subjectId: null,
      body: {
        tokenId: publicId('tok', token.tokenId),
        scopes: token.scopes,
        expiresAt: token.expiresAt?.toISOString() ?? null,
      },
    },
  ])
}

function refuseWidening(principal: Principal, scopes: readonly ScopeName[], expiresAt: Date | null): void {
  if (!mayGrant(principal, scopes)) {
    throw new Problem('forbidden', 'A token can grant only the scopes it has itself.')
  }
  if (principal.expiresAt !== null && (expiresAt === null || expiresAt > principal.expiresAt)) {
    throw new Problem('forbidden', 'A token cannot make one that outlives it; give an earlier expiresAt.')
  }
}
