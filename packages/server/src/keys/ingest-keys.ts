import pg from 'pg'
import type { IngestKeyCache } from './ingest-key-cache.ts'
import type { NewKeyIds, SubjectKey, WorkspaceKeys, WrappedKey } from './key-store.ts'
import { RetiredKekError } from './workspace-keys.ts'

/** Subject keys as the collecting lanes use them: opened once, kept for a while, proved again by every insert. */
export type IngestKeys = {
  readonly mint: (ids: NewKeyIds) => { readonly key: SubjectKey; readonly row: WrappedKey }
  readonly unwrap: (row: WrappedKey) => SubjectKey
  /** A key that was opened before, or null. */
  readonly known: (keyId: string) => SubjectKey | null
}

export function ingestKeys(workspace: WorkspaceKeys, cache: IngestKeyCache): IngestKeys {
  return {
    mint(ids) {
      const minted = workspace.mint(ids)
      cache.put(minted.key)
      return minted
    },
    unwrap(row) {
      const known = cache.get(row.keyId)
      if (known !== null) return known
      const key = workspace.unwrap(row)
      cache.put(key)
      return key
    },
    known: (keyId) => cache.get(keyId),
  }
}

/** The workspace key has been rotated since it was loaded: load it again and begin anew. */
export function isStaleKey(error: unknown): boolean {
  if (error instanceof RetiredKekError) return true
  return error instanceof pg.DatabaseError && error.constraint === KEK_REFERENCE
}

const KEK_REFERENCE = 'subject_key_workspace_id_kek_version_fkey'
