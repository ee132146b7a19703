import type { Transaction } from '../store/transaction.ts'
import { type SigningKeyRow, signingKeys } from './signing-key.store.ts'

/** A public key as RFC 8037 JSON, with the time since which it no longer signs. */
export type PublishedKey = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly alg: 'EdDSA'
  readonly use: 'sig'
  readonly kid: string
  readonly x: string
  readonly createdAt: string
  readonly retiredAt: string | null
}

/** Every key that ever signed anything: a receipt is verified for as long as somebody keeps it. */
export async function publishedKeys(client: Transaction): Promise<readonly PublishedKey[]> {
  return (await signingKeys(client)).map(publish)
}

function publish({ keyId, publicKey, createdAt, retiredAt }: SigningKeyRow): PublishedKey {
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'EdDSA',
    use: 'sig',
    kid: keyId,
    x: publicKey.toString('base64url'),
    createdAt: createdAt.toISOString(),
    retiredAt: retiredAt?.toISOString() ?? null,
  }
}
