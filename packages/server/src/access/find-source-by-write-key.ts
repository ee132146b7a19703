import type { Pool } from 'pg'
import { createBoundedCache } from './bounded-cache.ts'
import { findSourceByKeyDigest, type SourceRow } from './sources.store.ts'
import { secretDigest } from './token-format.ts'

/** The enabled source with this write key, or null. */
export type FindSourceByWriteKey = (writeKey: string) => Promise<SourceRow | null>

const LONGEST_KEY = 128
const FRESH_FOR_MS = 5_000

/**
 * Remembers sources for five seconds, which is how long a changed or disabled one may go on elsewhere, and unknown keys too,
 * apart, so that a flood of guesses neither asks the database each time nor pushes real sources out. Keys are looked up by
 * digest: how long that takes says nothing about how much of a guess was right.
 */
export function createSourceFinder(parts: {
  readonly pool: Pool
  readonly nowMs: () => number
}): FindSourceByWriteKey {
  const known = createBoundedCache<SourceRow>({ most: 10_000, freshForMs: FRESH_FOR_MS, nowMs: parts.nowMs })
  const unknown = createBoundedCache<true>({ most: 10_000, freshForMs: FRESH_FOR_MS, nowMs: parts.nowMs })
  const asking = new Map<string, Promise<SourceRow | null>>()

  const ask = async (name: string, digest: Buffer): Promise<SourceRow | null> => {
    const row = await findSourceByKeyDigest(parts.pool, digest)
    const source = row?.enabled === true ? row : null
    if (source === null) unknown.set(name, true)
    else known.set(name, source)
    return source
  }

  return async (writeKey) => {
    if (writeKey.length === 0 || writeKey.length > LONGEST_KEY) return null
    const digest = secretDigest(writeKey)
    const name = digest.toString('latin1')
    const cached = known.get(name)
    if (cached !== undefined) return cached
    if (unknown.get(name) !== undefined) return null
    const asked = asking.get(name) ?? ask(name, digest).finally(() => asking.delete(name))
    asking.set(name, asked)
    return asked
  }
}
