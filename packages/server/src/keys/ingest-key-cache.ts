import type { SubjectKey } from './key-store.ts'

/**
 * Opened subject keys for ingest alone, least recently used out first. It is not reachable through `KeyStore`, and a test
 * keeps everything but collection from importing it: a reader that cached a key could read an erased person. Ingest may,
 * because its final insert joins `subject_key`, and a key that is gone there stores nothing.
 */
export type IngestKeyCache = {
  readonly get: (keyId: string) => SubjectKey | null
  readonly put: (key: SubjectKey) => void
  /** After the final insert has not found the key. */
  readonly forget: (keyId: string) => void
  readonly size: () => number
}

/** @param limit the most keys held; 100,000 were measured to take about 100 MB of the process's memory */
export function ingestKeyCache(limit = 100_000): IngestKeyCache {
  const keys = new Map<string, SubjectKey>()
  const makeNewest = (key: SubjectKey) => {
    keys.delete(key.keyId)
    keys.set(key.keyId, key)
  }
  return {
    get(keyId) {
      const key = keys.get(keyId) ?? null
      if (key !== null) makeNewest(key)
      return key
    },
    put(key) {
      makeNewest(key)
      if (keys.size > limit) dropOldest(keys)
    },
    forget: (keyId) => void keys.delete(keyId),
    size: () => keys.size,
  }
}

/** A Map walks its keys in the order they were set. */
function dropOldest(keys: Map<string, SubjectKey>): void {
  const oldest = keys.keys().next()
  if (!oldest.done) keys.delete(oldest.value)
}
