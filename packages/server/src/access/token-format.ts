import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

const PREFIX = 'heed_'
const SECRET_BYTES = 32
const CHECKSUM_LENGTH = 6

/**
 * A new API token: a prefix that secret scanners know, 256 random bits, and a checksum so that a token cut off
 * while copying, or a guess, is refused without asking the database.
 */
export function mintToken(random: (size: number) => Uint8Array): string {
  const secret = Buffer.from(random(SECRET_BYTES)).toString('base64url')
  return `${PREFIX}${secret}${checksum(secret)}`
}

/** False only for a text that starts like one of our tokens and is not one. An operator's own token may be any text. */
export function isPlausibleToken(token: string): boolean {
  if (!token.startsWith(PREFIX)) return true
  const secret = token.slice(PREFIX.length, -CHECKSUM_LENGTH)
  return token.endsWith(checksum(secret)) && Buffer.from(secret, 'base64url').length === SECRET_BYTES
}

/** What is kept of a token or write key. It has no salt: the secret is random and the look-up is by digest. */
export function secretDigest(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}

function checksum(secret: string): string {
  return crc32(secret)
    .toString(36)
    .padStart(CHECKSUM_LENGTH + 1, '0')
    .slice(-CHECKSUM_LENGTH)
}
