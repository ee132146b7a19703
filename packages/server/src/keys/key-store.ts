import type { KeyObject } from 'node:crypto'

/** A subject's data key, opened. Lives in memory only. */
export type SubjectKey = { readonly keyId: string; readonly subjectId: string; readonly key: KeyObject }

/** A subject's data key as the database holds it. */
export type WrappedKey = {
  readonly keyId: string
  readonly subjectId: string
  readonly kekVersion: number
  readonly wrapped: Buffer
}

/**
 * The only way to subject keys, so that they can live in a database of their own later. It has its own connection.
 * Nothing here caches for readers: a key that is gone must be gone at once (DESIGN 5.1).
 */
export type KeyStore = {
  /** A new random key, wrapped under the workspace's newest key. Not stored: the claim's transaction does that. */
  readonly mint: (
    workspaceId: string,
    ids: { keyId: string; subjectId: string },
  ) => Promise<{ key: SubjectKey; row: WrappedKey }>
  /** Opens a wrapped key read by the caller. */
  readonly unwrap: (workspaceId: string, row: WrappedKey) => Promise<SubjectKey>
  /** Keys by id, read from the primary now; ids that no longer have a key are missing from the map. */
  readonly open: (workspaceId: string, keyIds: readonly string[]) => Promise<ReadonlyMap<string, SubjectKey>>
}

/** Where a sealed value lives: bound into the ciphertext, so that it cannot be moved to another row. */
export type SealPlace = {
  readonly workspaceId: string
  readonly keyId: string
  readonly table: string
  readonly rowId: string
}
