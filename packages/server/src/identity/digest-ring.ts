import { createHmac, type KeyObject } from 'node:crypto'
import type { Identifier } from '@heed/core'

/** One way of digesting: a key and a set of normalising rules. Versions are numbered from 1 and never dropped. */
export type DigestVersion = { readonly version: number; readonly normaliser: number; readonly key: KeyObject }

/** A workspace's digests: 16 bytes that name an identifier to this workspace alone, and to nobody without its key. */
export type DigestRing = {
  /** Newest first. */
  readonly versions: readonly DigestVersion[]
  readonly current: DigestVersion
  /** Under the current version: what is written. */
  readonly digest: (identifier: Identifier) => Buffer
  /** Under every version, the current one first: what is looked up. */
  readonly allDigests: (identifier: Identifier) => Buffer[]
  /** Of a message id, for deduplication. Clients put e-mail addresses in message ids, so they are never kept. */
  readonly messageDigest: (messageId: string) => Buffer
}

/** @param versions in any order, at least one */
export function digestRing(versions: readonly DigestVersion[]): DigestRing {
  const newestFirst = versions.toSorted((a, b) => b.version - a.version)
  const current = newestFirst.at(0)
  const oldest = newestFirst.at(-1)
  if (current === undefined || oldest === undefined) throw new RangeError('a digest ring needs a version')
  return {
    versions: newestFirst,
    current,
    digest: (identifier) => identifierDigest(current.key, identifier),
    allDigests: (identifier) => newestFirst.map(({ key }) => identifierDigest(key, identifier)),
    messageDigest: (messageId) => keyedDigest(oldest.key, `${MESSAGE}${messageId}`),
  }
}

const DIGEST_BYTES = 16

/** No kind of identifier begins with a control character, so a message's digest is never an identifier's.
 *  It uses the oldest key: were it the newest, a new version would let every resend of that day in again. */
const MESSAGE = '\u0001message\0'

function identifierDigest(key: KeyObject, { kind, value }: Identifier): Buffer {
  return keyedDigest(key, `${kind}\0${value}`)
}

function keyedDigest(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest().subarray(0, DIGEST_BYTES)
}
