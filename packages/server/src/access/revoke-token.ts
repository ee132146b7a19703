import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import type { Principal } from './principal.ts'
import { findToken, revokeTokenRow } from './tokens.store.ts'

/** Ends a token at once on every node: each call reads its token afresh. Revoking twice changes nothing more. */
export async function revokeToken(
  parts: AccessParts,
  { principal, tokenId }: { readonly principal: Principal; readonly tokenId: string },
): Promise<void> {
  const { workspaceId, actor } = principal
  const at = parts.now()
  await inTransaction(parts.pool, async (client) => {
    if (await revokeTokenRow(client, { workspaceId, tokenId }, at)) {
      const body = { tokenId: publicId('tok', tokenId) }
      const fact = { workspaceId, outboxId: freshId(parts), occurredAt: at, actor, subjectId: null, body }
      await appendToOutbox(client, [{ ...fact, kind: 'token-revoked' }])
    } else if ((await findToken(client, { workspaceId, tokenId })) === null) {
      throw new Problem('not-found', 'This workspace has no such token.')
    }
  })
}
