import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { InvariantViolation } from '@heed/core'
import { seal, unseal } from '../keys/seal.ts'
import type { Transaction } from '../store/transaction.ts'
import {
  insertIfNoneActive,
  replaceSealed,
  retireActive,
  type SigningKeyRow,
  signingKeys,
} from './signing-key.store.ts'

/** The key this server signs with now. */
export type SigningKey = {
  readonly keyId: string
  /** The 32 bytes of RFC 8032. */
  readonly publicKey: Buffer
  readonly sign: (message: Uint8Array) => Buffer
}

export type SigningKeyParts = {
  readonly masterKey: KeyObject
  readonly now: () => Date
  readonly newId: () => string
}

/** The active key, made when there is none. However many processes start at once, all get the same one. */
export async function activeSigningKey(client: Transaction, parts: SigningKeyParts): Promise<SigningKey> {
  const existing = (await signingKeys(client)).find(({ retiredAt }) => retiredAt === null)
  if (existing !== undefined) return openKey(existing, parts.masterKey)
  await insertIfNoneActive(client, newKey(parts))
  const active = (await signingKeys(client)).find(({ retiredAt }) => retiredAt === null)
  if (active === undefined) throw new InvariantViolation('no signing key is active after one was made')
  return openKey(active, parts.masterKey)
}

/** Retires the active key and makes a new one. What the old one signed stays verifiable: its public half stays published. */
export async function rotateSigningKey(client: Transaction, parts: SigningKeyParts): Promise<SigningKey> {
  await retireActive(client, parts.now())
  return activeSigningKey(client, parts)
}

/** Seals every private half under another master key; part of rotating that. */
export async function resealSigningKeys(
  client: Transaction,
  { from, to }: { from: KeyObject; to: KeyObject },
): Promise<void> {
  for (const { keyId, sealedPrivate } of await signingKeys(client)) {
    const bare = unseal(from, placeOf(keyId), sealedPrivate)
    await replaceSealed(client, { keyId, sealedPrivate: seal(to, placeOf(keyId), bare) })
  }
}

function newKey({ masterKey, now, newId }: SigningKeyParts): Omit<SigningKeyRow, 'retiredAt'> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const keyId = newId()
  const bare = privateKey.export({ type: 'pkcs8', format: 'der' })
  return {
    keyId,
    publicKey: rawPublicKey(publicKey),
    sealedPrivate: seal(masterKey, placeOf(keyId), bare),
    createdAt: now(),
  }
}

function openKey({ keyId, publicKey, sealedPrivate }: SigningKeyRow, masterKey: KeyObject): SigningKey {
  const bare = unseal(masterKey, placeOf(keyId), sealedPrivate)
  const privateKey = createPrivateKey({ key: bare, type: 'pkcs8', format: 'der' })
  return { keyId, publicKey, sign: (message) => sign(null, message, privateKey) }
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  const { x } = publicKey.export({ format: 'jwk' })
  if (typeof x !== 'string') throw new InvariantViolation('an Ed25519 key has no public point')
  return Buffer.from(x, 'base64url')
}

/** The key of the whole server, so of no workspace. */
function placeOf(keyId: string) {
  return { workspaceId: 'server', keyId: 'master', table: 'signing_key', rowId: keyId }
}
