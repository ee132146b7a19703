import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { InvariantViolation } from '@heed/core'
import { type MasterKey, wrongMasterKey } from '../keys/master-key.ts'
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
  readonly masterKey: MasterKey
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

/** Seals every private half under another master key; part of rotating that. Done again after a kill, it goes on. */
export async function resealSigningKeys(
  client: Transaction,
  { from, to }: { readonly from: MasterKey; readonly to: MasterKey },
): Promise<number> {
  const left = (await signingKeys(client)).filter(({ masterKeyId }) => masterKeyId !== to.id)
  for (const row of left) {
    const sealedPrivate = seal(to.key, placeOf(row.keyId, to), barePrivate(row, from))
    await replaceSealed(client, { keyId: row.keyId, sealedPrivate, masterKeyId: to.id })
  }
  return left.length
}

function newKey({ masterKey, now, newId }: SigningKeyParts): Omit<SigningKeyRow, 'retiredAt'> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const keyId = newId()
  const bare = privateKey.export({ type: 'pkcs8', format: 'der' })
  return {
    keyId,
    publicKey: rawPublicKey(publicKey),
    sealedPrivate: seal(masterKey.key, placeOf(keyId, masterKey), bare),
    masterKeyId: masterKey.id,
    createdAt: now(),
  }
}

function openKey(row: SigningKeyRow, masterKey: MasterKey): SigningKey {
  const privateKey = createPrivateKey({ key: barePrivate(row, masterKey), type: 'pkcs8', format: 'der' })
  return {
    keyId: row.keyId,
    publicKey: row.publicKey,
    sign: (message) => sign(null, message, privateKey),
  }
}

/** @throws MasterKeyError when it is sealed under another one */
function barePrivate({ keyId, masterKeyId, sealedPrivate }: SigningKeyRow, masterKey: MasterKey): Buffer {
  if (masterKeyId !== masterKey.id) throw wrongMasterKey(masterKey, [masterKeyId])
  return unseal(masterKey.key, placeOf(keyId, masterKey), sealedPrivate)
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  const { x } = publicKey.export({ format: 'jwk' })
  if (typeof x !== 'string') throw new InvariantViolation('an Ed25519 key has no public point')
  return Buffer.from(x, 'base64url')
}

/** The key of the whole server, so of no workspace. */
function placeOf(keyId: string, masterKey: MasterKey) {
  return { workspaceId: 'server', keyId: masterKey.id, table: 'signing_key', rowId: keyId }
}
