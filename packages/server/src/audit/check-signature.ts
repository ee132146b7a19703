import { createPublicKey, verify } from 'node:crypto'

/** Is this an Ed25519 signature of the message? `publicKey` is the 32 bytes of RFC 8032. */
export function checkSignature(signed: {
  publicKey: Uint8Array
  message: Uint8Array
  signature: Uint8Array
}): boolean {
  const x = Buffer.from(signed.publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, signed.message, key, signed.signature)
}
