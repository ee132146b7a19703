import { z } from 'zod'
import type { SealPlace, SubjectKey } from '../keys/key-store.ts'
import { seal, unseal } from '../keys/seal.ts'
import type { IdentifierRow } from './erased-people.store.ts'

/** An identifier as an address book keeps it: the value, and everything else its row had. */
const address = z.object({
  digest: z.string(),
  version: z.number(),
  kind: z.string(),
  /** Null where it could not be opened any more. */
  value: z.string().nullable(),
  subjectId: z.string(),
  keyId: z.string().nullable(),
  provenance: z.enum(['client', 'server', 'verified']),
  linkId: z.string().nullable(),
  seq: z.string(),
  createdAt: z.string(),
})

export type IdentifierAddress = z.infer<typeof address>

/** The content of an address: the identifier's row, with its value opened under the key that is about to be put away. */
export function addressOf(
  workspaceId: string,
  row: IdentifierRow,
  keys: ReadonlyMap<string, SubjectKey>,
): string {
  const { sealed, digest, ...rest } = row
  const key = row.keyId === null ? undefined : keys.get(row.keyId)
  const value =
    key === undefined || sealed === null
      ? null
      : unseal(key.key, placeOf(workspaceId, row.digest, key.keyId), sealed).toString('utf8')
  const content: IdentifierAddress = { ...rest, digest: digest.toString('hex'), value }
  return JSON.stringify(content)
}

export function readAddress(content: string): IdentifierAddress {
  return address.parse(JSON.parse(content))
}

/** The row again, sealed anew under the key it hung on. */
export function identifierAt(
  workspaceId: string,
  { value, digest, keyId, ...rest }: IdentifierAddress,
  keys: ReadonlyMap<string, SubjectKey>,
): IdentifierRow {
  const bytes = Buffer.from(digest, 'hex')
  const key = keyId === null ? undefined : keys.get(keyId)
  const isOpen = key !== undefined && value !== null
  return {
    ...rest,
    digest: bytes,
    keyId: isOpen ? key.keyId : null,
    sealed: isOpen ? seal(key.key, placeOf(workspaceId, bytes, key.keyId), value) : null,
  }
}

function placeOf(workspaceId: string, digest: Buffer, keyId: string): SealPlace {
  return { workspaceId, keyId, table: 'identifier', rowId: digest.toString('hex') }
}
