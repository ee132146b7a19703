import type { Transaction } from '../store/transaction.ts'

export type SigningKeyRow = {
  readonly keyId: string
  /** The 32 bytes of RFC 8032. */
  readonly publicKey: Buffer
  readonly sealedPrivate: Buffer
  readonly masterKeyId: string
  readonly createdAt: Date
  readonly retiredAt: Date | null
}

/** Does nothing when a key is active already: of two processes that start at once, one makes the key. */
export async function insertIfNoneActive(
  client: Transaction,
  key: Omit<SigningKeyRow, 'retiredAt'>,
): Promise<void> {
  await client.query(
    `insert into signing_key (key_id, public_key, sealed_private, master_key_id, created_at)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [key.keyId, key.publicKey, key.sealedPrivate, key.masterKeyId, key.createdAt],
  )
}

/** Every key there ever was, the newest first. */
export async function signingKeys(client: Transaction): Promise<readonly SigningKeyRow[]> {
  const { rows } = await client.query<SigningKeyRow>(
    `select key_id as "keyId", public_key as "publicKey", sealed_private as "sealedPrivate",
       master_key_id as "masterKeyId", created_at as "createdAt", retired_at as "retiredAt"
     from signing_key order by retired_at desc nulls first, created_at desc`,
  )
  return rows
}

export async function retireActive(client: Transaction, at: Date): Promise<void> {
  await client.query('update signing_key set retired_at = $1 where retired_at is null', [at])
}

export async function replaceSealed(
  client: Transaction,
  { keyId, sealedPrivate, masterKeyId }: Pick<SigningKeyRow, 'keyId' | 'sealedPrivate' | 'masterKeyId'>,
): Promise<void> {
  await client.query('update signing_key set sealed_private = $2, master_key_id = $3 where key_id = $1', [
    keyId,
    sealedPrivate,
    masterKeyId,
  ])
}
