import { timingSafeEqual } from 'node:crypto'
import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { Pool } from 'pg'
import type { Principal } from './principal.ts'
import { createRateLimiter, type RateDecision, type RateLimiter } from './rate-limiter.ts'
import { createRecentSet } from './recent-set.ts'
import { isPlausibleToken, secretDigest } from './token-format.ts'
import { findTokenByDigest, noteTokenUse, type TokenRow } from './tokens.store.ts'

/** Who is this? Throws `Problem` `unauthenticated` or `rate-limited`; never says which part was wrong. */
export type Authenticate = (call: {
  /** The whole Authorization header, or null. */
  readonly authorization: string | null
  /** The client's address, after trusted proxies. */
  readonly address: string
}) => Promise<Principal>

const LONGEST_TOKEN = 200
const USE_NOTED_EVERY_MS = 60_000

const CALLS_OF_A_TOKEN = { perSecond: 200, burst: 1_000, mostNames: 10_000 }
const WRONG_TOKENS_OF_AN_ADDRESS = { perSecond: 0.5, burst: 20, mostNames: 10_000 }

/**
 * Reads the token afresh at every call, so that a revoked one stops at once on every node. An address that tried too many
 * wrong tokens waits; tokens that were right a moment ago do not, so nobody locks out the others behind the same proxy.
 */
export function createAuthenticator(parts: { pool: Pool; now: () => Date }): Authenticate {
  const nowMs = () => parts.now().getTime()
  const wrongTries = createRateLimiter(WRONG_TOKENS_OF_AN_ADDRESS, nowMs)
  const calls = createRateLimiter(CALLS_OF_A_TOKEN, nowMs)
  const recentlyRight = createRecentSet(1_000)

  return async ({ authorization, address }) => {
    const digest = digestOf(authorization)
    const name = digest?.toString('hex') ?? ''
    if (!recentlyRight.has(name)) refuseWhenLimited(wrongTries.look(address))
    const row = digest === null ? null : await findTokenByDigest(parts.pool, digest)
    if (digest === null || row === null || !isValid(row, digest, parts.now())) {
      recentlyRight.forget(name)
      return refuseToken(wrongTries, address, authorization !== null)
    }
    recentlyRight.add(name)
    refuseWhenLimited(calls.take(name))
    await noteUse(parts.pool, row, parts.now())
    return principalOf(row)
  }
}

function digestOf(authorization: string | null): Buffer | null {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined || token.length > LONGEST_TOKEN || !isPlausibleToken(token)) return null
  return secretDigest(token)
}

function isValid(row: TokenRow, digest: Buffer, now: Date): boolean {
  if (!timingSafeEqual(row.digest, digest) || row.revokedAt !== null) return false
  return row.expiresAt === null || row.expiresAt > now
}

/** A call without any token costs nothing: it guesses nothing. */
function refuseToken(wrongTries: RateLimiter, address: string, isGuess: boolean): never {
  if (isGuess) refuseWhenLimited(wrongTries.take(address))
  throw new Problem('unauthenticated', 'Send a valid token as Authorization: Bearer <token>.')
}

function refuseWhenLimited(decision: RateDecision): void {
  if (decision.kind === 'allowed') return
  const retryAfter = decision.retryAfterSeconds
  throw new Problem('rate-limited', `Try again in ${retryAfter} s.`, { retryAfter })
}

/** To the minute, so that reading does not become writing. */
async function noteUse(pool: Pool, row: TokenRow, now: Date): Promise<void> {
  if (row.lastUsedAt !== null && now.getTime() - row.lastUsedAt.getTime() < USE_NOTED_EVERY_MS) return
  await noteTokenUse(pool, row, now)
}

function principalOf(row: TokenRow): Principal {
  return {
    workspaceId: row.workspaceId,
    tokenId: row.tokenId,
    actor: `token:${publicId('tok', row.tokenId)}`,
    scopes: row.scopes,
    expiresAt: row.expiresAt,
  }
}
