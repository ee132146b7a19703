import { createHash } from 'node:crypto'

/** 256 bits of chance, so that nobody finds one by trying. */
const TOKEN_BYTES = 32

/** What the link carries. It is handed out once and kept only as its digest. */
export function newLinkToken(random: (size: number) => Buffer): string {
  return random(TOKEN_BYTES).toString('base64url')
}

/** Null: no link of ours looks like this. */
export function linkDigest(token: string): Buffer | null {
  const isToken = /^[\w-]{43}$/.test(token)
  return isToken ? createHash('sha256').update(token).digest() : null
}
