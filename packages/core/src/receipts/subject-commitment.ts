import { fromBase64url } from './base64url.ts'
import type { Opening } from './receipt.ts'

export const NONCE_BYTES = 32

/** What the HMAC of a subject commitment is made of, or null when the opening has no such shape. */
export type CommitmentInput = {
  readonly nonce: Uint8Array<ArrayBuffer>
  /** Receipt id ‖ subject id, 16 bytes each. */
  readonly message: Uint8Array<ArrayBuffer>
}

/**
 * A subject commitment is HMAC-SHA-256(nonce, receipt id ‖ subject id). The receipt's id is in it so that two receipts of
 * one person are not alike; without the nonce nobody can try who it is.
 */
export function commitmentInput(receiptId: string, { subjectId, nonce }: Opening): CommitmentInput | null {
  const key = fromBase64url(nonce)
  const receipt = idBytes(receiptId, 'rcp')
  const subject = idBytes(subjectId, 'sub')
  if (key?.length !== NONCE_BYTES || receipt === null || subject === null) return null
  return { nonce: key, message: Uint8Array.from([...receipt, ...subject]) }
}

function idBytes(id: string, prefix: string): readonly number[] | null {
  const uuid = /^([a-z]{3})_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/.exec(id)
  if (uuid?.[1] !== prefix) return null
  const hex = uuid[2]?.replaceAll('-', '') ?? ''
  return Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16))
}
