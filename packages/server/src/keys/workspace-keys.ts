import { createSecretKey, type KeyObject } from 'node:crypto'
import type { NewKeyIds, SealPlace, SubjectKey, WorkspaceKeys, WrappedKey } from './key-store.ts'
import { seal, unseal } from './seal.ts'

export type KekSet = {
  readonly workspaceId: string
  /** By version; at least one. */
  readonly keks: ReadonlyMap<number, KeyObject>
  readonly random: (size: number) => Buffer
}

/** Mints and unwraps subject keys of one workspace, synchronously. */
export function workspaceKeys({ workspaceId, keks, random }: KekSet): WorkspaceKeys {
  const kekVersion = Math.max(...keks.keys())
  const kekOf = (version: number): KeyObject => {
    const kek = keks.get(version)
    if (kek === undefined) throw new RetiredKekError(version)
    return kek
  }
  const newest = kekOf(kekVersion)
  return {
    kekVersion,
    holds: (version) => keks.has(version),
    mint: ({ keyId, subjectId }) => {
      const ids = { keyId, subjectId, kekVersion }
      const raw = random(KEY_BYTES)
      const wrapped = seal(newest, wrapPlace(workspaceId, ids), raw)
      return { key: opened(ids, raw), row: { ...ids, wrapped } }
    },
    unwrap: (row) => opened(row, unseal(kekOf(row.kekVersion), wrapPlace(workspaceId, row), row.wrapped)),
  }
}

/** A key is wrapped under a version that is gone: it has been wrapped anew since the row was read. */
export class RetiredKekError extends Error {
  readonly kekVersion: number

  constructor(kekVersion: number) {
    super(`version ${kekVersion} of the workspace key has been retired; read the wrapped key again`)
    this.name = 'RetiredKekError'
    this.kekVersion = kekVersion
  }
}

/** Binds a wrapped key to its person and to the version it is wrapped under, so that neither can be exchanged. */
export function wrapPlace(
  workspaceId: string,
  { keyId, subjectId, kekVersion }: Omit<WrappedKey, 'wrapped'>,
): SealPlace {
  return { workspaceId, keyId: `kek/${kekVersion}`, table: 'subject_key', rowId: `${keyId}/${subjectId}` }
}

const KEY_BYTES = 32

/** The raw bytes are wiped: a KeyObject holds its own copy, outside the heap that a dump would show. */
function opened({ keyId, subjectId }: NewKeyIds, raw: Buffer): SubjectKey {
  const key = createSecretKey(raw)
  raw.fill(0)
  return { keyId, subjectId, key }
}
