import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { ivPool } from './iv-pool.ts'
import type { SealPlace } from './key-store.ts'

/**
 * Seals a value for one place: format byte ‖ iv (12) ‖ ciphertext ‖ tag (16), AES-256-GCM.
 *
 * The place is associated data, so a value copied to another row, table or workspace does not open there.
 * The IVs' randomness is not an argument like randomness elsewhere: an IV used twice under a key gives both texts away,
 * so no caller may choose it.
 */
export function seal(key: KeyObject, place: SealPlace, plaintext: Buffer | string): Buffer {
  const iv = nextIv()
  const cipher = createCipheriv(ALGORITHM, key, iv, TAG_OPTION).setAAD(placeBytes(place))
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext)
  cipher.final()
  return Buffer.concat([FORMAT_BYTE, iv, body, cipher.getAuthTag()])
}

/** Opens what `seal` made. @throws UnsealError when key or place differ, or a single bit of it changed. */
export function unseal(key: KeyObject, place: SealPlace, sealed: Uint8Array): Buffer {
  if (sealed.length < SEAL_OVERHEAD_BYTES || sealed[0] !== FORMAT) throw new UnsealError(place.table)
  const iv = sealed.subarray(1, 1 + IV_BYTES)
  const body = sealed.subarray(1 + IV_BYTES, sealed.length - TAG_BYTES)
  try {
    const decipher = createDecipheriv(ALGORITHM, key, iv, TAG_OPTION).setAAD(placeBytes(place))
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    return Buffer.concat([decipher.update(body), decipher.final()])
  } catch (cause) {
    throw new UnsealError(place.table, { cause })
  }
}

/** A sealed value did not open. It names the table only: neither content nor ids. */
export class UnsealError extends Error {
  readonly table: string

  constructor(table: string, options: ErrorOptions = {}) {
    super(`a sealed value of ${table} does not open: wrong key, wrong place, or damaged`, options)
    this.name = 'UnsealError'
    this.table = table
  }
}

const ALGORITHM = 'aes-256-gcm'
const FORMAT = 1
const FORMAT_BYTE = Buffer.of(FORMAT)
const IV_BYTES = 12
const TAG_BYTES = 16
const TAG_OPTION = { authTagLength: TAG_BYTES }

/** What sealing adds to a value's length. */
export const SEAL_OVERHEAD_BYTES = 1 + IV_BYTES + TAG_BYTES

const nextIv = ivPool(randomBytes)

/** Each part with its length in front, so that no two places give the same bytes. */
function placeBytes({ workspaceId, keyId, table, rowId }: SealPlace): Buffer {
  return Buffer.from(
    `${workspaceId.length}:${workspaceId}${keyId.length}:${keyId}${table.length}:${table}${rowId.length}:${rowId}`,
  )
}
