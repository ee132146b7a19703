/** SHA-256, given by the caller: the rules have no cryptography of their own. */
export type Hash = (bytes: Uint8Array) => Uint8Array

export const HASH_BYTES = 32

/** RFC 6962 §2.1: the prefix keeps a leaf from passing for a node. */
export function leafHash(hash: Hash, entry: Uint8Array): Uint8Array {
  return hash(concat(LEAF_PREFIX, entry))
}

export function nodeHash(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash(concat(NODE_PREFIX, left, right))
}

/** The root of the tree without leaves. */
export function emptyRoot(hash: Hash): Uint8Array {
  return hash(new Uint8Array(0))
}

export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

const LEAF_PREFIX = Uint8Array.of(0)
const NODE_PREFIX = Uint8Array.of(1)
