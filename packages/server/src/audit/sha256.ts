import { createHash } from 'node:crypto'

/** The hash that the rules of the Merkle tree are given. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
