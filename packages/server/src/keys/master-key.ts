import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { CannotStart } from '../store/cannot-start.ts'

/** The key above all others. Its id is stored with what it wraps and tells nothing of the key. */
export type MasterKey = { readonly id: string; readonly key: KeyObject }

/** What is wrong with the master key, in words for the operator; never the key itself. */
export class MasterKeyError extends CannotStart {
  override readonly name = 'MasterKeyError'
}

export const MASTER_KEY_BYTES = 32

/**
 * @param text 32 bytes in base64; white space around it is ignored
 * @param origin where it was found, as the operator knows it: `HEED_MASTER_KEY` or a path
 * @throws MasterKeyError
 */
export function parseMasterKey(text: string, origin: string): MasterKey {
  const trimmed = text.trim()
  if (!BASE64.test(trimmed)) throw new MasterKeyError(`${origin} is not base64. ${HOW_TO_MAKE}`)
  const raw = Buffer.from(trimmed, 'base64')
  if (raw.length !== MASTER_KEY_BYTES) {
    throw new MasterKeyError(`${origin} holds ${raw.length} bytes, not ${MASTER_KEY_BYTES}. ${HOW_TO_MAKE}`)
  }
  return masterKey(raw)
}

export function masterKey(raw: Buffer): MasterKey {
  const key = createSecretKey(raw)
  const id = createHmac('sha256', key).update('heed master key id').digest('hex').slice(0, 16)
  return { id: `mk_${id}`, key }
}

/** @param expected the ids that the database answers to */
export function wrongMasterKey(given: MasterKey, expected: readonly string[]): MasterKeyError {
  return new MasterKeyError(
    `this database's keys are wrapped under master key ${expected.join(' or ')}, but the one given is ${given.id}`,
  )
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const HOW_TO_MAKE =
  'It must be 32 random bytes in base64 (44 characters), as `openssl rand -base64 32` prints them'
