import type { KeyObject } from 'node:crypto'

/** A subject's data key, opened. Lives in memory only. */
export type SubjectKey = { readonly keyId: string; readonly subjectId: string; readonly key: KeyObject }

/** A subject's data key as the database holds it: a row of `subject_key` but for workspace and time. */
export type WrappedKey = {
  readonly keyId: string
  readonly subjectId: string
  readonly kekVersion: number
  readonly wrapped: Buffer
}

export type NewKeyIds = { readonly keyId: string; readonly subjectId: string }
export type MintedKey = { readonly key: SubjectKey; readonly row: WrappedKey }

/**
 * A workspace's own keys, loaded: minting and unwrapping without waiting, for ingest.
 * Right for one batch; ask `KeyStore.load` again for the next.
 */
export type WorkspaceKeys = {
  /** The version that new keys are wrapped under. */
  readonly kekVersion: number
  readonly holds: (kekVersion: number) => boolean
  readonly mint: (ids: NewKeyIds) => MintedKey
  /** @throws RetiredKekError when the row was read before a rotation that has finished: read it again. */
  readonly unwrap: (row: WrappedKey) => SubjectKey
}

/**
 * The only way to subject keys, so that they can live in a database of their own later. It has its own connection.
 * Nothing here caches subject keys: a key that is gone must be gone at once. Workspace keys stay in memory.
 *
 * The claim's transaction stores what was minted. When that insert violates the foreign key to `kek` (SQLSTATE 23503)
 * the workspace key has been rotated meanwhile: `reload`, mint again, insert again.
 */
export type KeyStore = {
  /** The workspace's keys, from memory when they were loaded before; the first call ever makes the first one. */
  readonly load: (workspaceId: string) => Promise<WorkspaceKeys>
  /** The same, read from the database now. */
  readonly reload: (workspaceId: string) => Promise<WorkspaceKeys>
  /** A new random key, wrapped under the workspace's newest key. Not stored: the claim's transaction does that. */
  readonly mint: (workspaceId: string, ids: NewKeyIds) => Promise<MintedKey>
  /** Opens a wrapped key read by the caller. @throws RetiredKekError as `WorkspaceKeys.unwrap` does */
  readonly unwrap: (workspaceId: string, row: WrappedKey) => Promise<SubjectKey>
  /** Keys by id, read from the primary now; ids that no longer have a key are missing from the map. */
  readonly open: (workspaceId: string, keyIds: readonly string[]) => Promise<ReadonlyMap<string, SubjectKey>>
  readonly close: () => Promise<void>
}

/** Where a sealed value lives: bound into the ciphertext, so that it cannot be moved to another row. */
export type SealPlace = {
  readonly workspaceId: string
  readonly keyId: string
  readonly table: string
  readonly rowId: string
}
