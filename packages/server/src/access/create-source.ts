import { publicId } from '@heed/core'
import { DEFAULT_SOURCE_SETTINGS, type NewSource, Problem } from '@heed/protocol'
import type { ClientBase } from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { inTransaction } from '../store/transaction.ts'
import { type AccessParts, freshId } from './access-parts.ts'
import { claimIdempotencyKey } from './claim-idempotency-key.ts'
import { mergeSourceSettings } from './merge-source-settings.ts'
import { mintWriteKey } from './mint-write-key.ts'
import type { Principal } from './principal.ts'
import { insertSource, type SourceRow } from './sources.store.ts'
import { secretDigest } from './token-format.ts'

export type CreateSource = {
  readonly principal: Principal
  readonly source: NewSource
  readonly idempotencyKey: string | null
}

/** `writeKey` is null when the call is a repeat: only its digest is known by then. */
export type SourceMade = { readonly sourceId: string; readonly writeKey: string | null }

export async function createSource(parts: AccessParts, call: CreateSource): Promise<SourceMade> {
  const { workspaceId, actor } = call.principal
  const sourceId = freshId(parts)
  return inTransaction(parts.pool, async (client) => {
    const claim = await claimIdempotencyKey(client, {
      workspaceId,
      key: call.idempotencyKey,
      route: 'POST /api/v1/sources',
      body: call.source,
      resourceId: sourceId,
      now: parts.now(),
    })
    if (claim.kind === 'repeat') return { sourceId: claim.resourceId, writeKey: null }
    const writeKey = call.source.writeKey ?? mintWriteKey(parts.random)
    await addSource(client, parts, { workspaceId, sourceId, actor, writeKey, source: call.source })
    return { sourceId, writeKey }
  })
}

export type AddedSource = {
  readonly workspaceId: string
  readonly sourceId: string
  readonly actor: string
  readonly writeKey: string
  readonly source: Pick<NewSource, 'name' | 'trust' | 'settings'>
}

/** Stores the source and tells the audit log, in the caller's transaction. */
export async function addSource(client: ClientBase, parts: AccessParts, added: AddedSource): Promise<void> {
  const { workspaceId, sourceId, source } = added
  const createdAt = parts.now()
  const row: SourceRow = {
    workspaceId,
    sourceId,
    name: source.name,
    trust: source.trust,
    settings: mergeSourceSettings(DEFAULT_SOURCE_SETTINGS, source.settings),
    enabled: true,
    createdAt,
  }
  if (!(await insertSource(client, row, secretDigest(added.writeKey)))) throw writeKeyTaken()
  const body = { sourceId: publicId('src', sourceId), trust: source.trust }
  const fact = {
    workspaceId,
    outboxId: freshId(parts),
    occurredAt: createdAt,
    actor: added.actor,
    subjectId: null,
    body,
  }
  await appendToOutbox(client, [{ ...fact, kind: 'source-created' }])
}

export function writeKeyTaken(cause?: unknown): Problem {
  return new Problem('conflict', 'Another source has this write key; a key must name exactly one source.', {
    cause,
  })
}
