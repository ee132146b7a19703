import { createHash, createHmac } from 'node:crypto'
import { Problem } from '@heed/protocol'
import canonicalize from 'canonicalize'
import type { ClientBase } from 'pg'

export type IdempotencyClaim =
  | { readonly kind: 'new' }
  | { readonly kind: 'repeat'; readonly resourceId: string }

export type IdempotentCall = {
  readonly workspaceId: string
  /** The `Idempotency-Key` header; null claims nothing. */
  readonly key: string | null
  /** The route's pattern with its method, such as `POST /api/v1/requests`. */
  readonly route: string
  /** The parsed body; two texts of the same JSON are one body. */
  readonly body: unknown
  /** The bare UUID this call would give to what it makes. */
  readonly resourceId: string
  readonly now: Date
}

/**
 * Claims the key in the transaction that makes the resource. A second call with the key waits here until the first has
 * committed and then is told what that one made; if the first rolled back, the second is the new one.
 * Throws `Problem` `idempotency-mismatch` when the key came with another body or route.
 */
export async function claimIdempotencyKey(
  client: ClientBase,
  call: IdempotentCall,
): Promise<IdempotencyClaim> {
  if (call.key === null) return { kind: 'new' }
  const keyDigest = createHash('sha256').update(call.key).digest()
  const requestDigest = digestOfBody(call.key, call.body)
  const { rowCount } = await client.query(
    `insert into idempotency_key (workspace_id, key_digest, route, request_digest, resource_id, created_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (workspace_id, key_digest) do nothing`,
    [call.workspaceId, keyDigest, call.route, requestDigest, call.resourceId, call.now],
  )
  return rowCount === 1 ? { kind: 'new' } : repeatOf(client, call, { keyDigest, requestDigest })
}

/** Forgets keys older than `before`; a repeat after that makes a second resource. Returns how many it forgot. */
export async function forgetIdempotencyKeys(
  client: Pick<ClientBase, 'query'>,
  before: Date,
): Promise<number> {
  const { rowCount } = await client.query('delete from idempotency_key where created_at < $1', [before])
  return rowCount ?? 0
}

type Digests = { readonly keyDigest: Buffer; readonly requestDigest: Buffer }

async function repeatOf(
  client: ClientBase,
  call: IdempotentCall,
  digests: Digests,
): Promise<IdempotencyClaim> {
  const { rows } = await client.query<{ resourceId: string; isSame: boolean }>(
    `select resource_id as "resourceId", route = $3 and request_digest = $4 as "isSame"
     from idempotency_key where workspace_id = $1 and key_digest = $2`,
    [call.workspaceId, digests.keyDigest, call.route, digests.requestDigest],
  )
  const first = rows[0]
  if (first === undefined)
    throw new Problem('conflict', 'The Idempotency-Key has just been forgotten; repeat the call.')
  if (!first.isSame) throw new Problem('idempotency-mismatch', 'Use a new Idempotency-Key for another call.')
  return { kind: 'repeat', resourceId: first.resourceId }
}

/** The body can name somebody, and a plain hash of an address can be guessed; the caller's key is random and not kept. */
function digestOfBody(key: string, body: unknown): Buffer {
  return createHmac('sha256', key)
    .update(canonicalize(body) ?? '')
    .digest()
}
