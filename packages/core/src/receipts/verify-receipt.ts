import { fromBase64url, toBase64url } from './base64url.ts'
import { canonicalJson } from './canonical-json.ts'
import { isReceipt } from './is-receipt.ts'
import type { Opening, Receipt } from './receipt.ts'
import { openJws } from './receipt-jws.ts'
import { commitmentInput } from './subject-commitment.ts'
import type { ReceiptCryptography } from './web-cryptography.ts'

export type ReceiptVerdict =
  | {
      readonly kind: 'valid'
      readonly receipt: Receipt
      readonly keyId: string
      /** Since then the key signs nothing new; null while it does. */
      readonly keyRetiredAt: string | null
      /** Whom it is about, when a person's copy was checked. */
      readonly opening: Opening | null
    }
  | { readonly kind: 'not-a-receipt' }
  | { readonly kind: 'no-keys' }
  | { readonly kind: 'unknown-key'; readonly keyId: string }
  | { readonly kind: 'not-signed'; readonly keyId: string }
  /** The signed text is genuine; the facts that lie beside it are not those that were signed. */
  | { readonly kind: 'facts-differ' }
  | { readonly kind: 'opening-differs' }
  | { readonly kind: 'unknown-version' }

/**
 * Checks a receipt without asking anybody. `file` is the JSON of the receipt's door, a person's copy of it, or the bare
 * JWS; `keys` is what `/.well-known/heed-keys.json` answers. Every byte but blanks between members counts: nothing
 * unsigned passes beside what is signed.
 */
export async function verifyReceipt(
  { file, keys }: { readonly file: string; readonly keys: string },
  cryptography: ReceiptCryptography,
): Promise<ReceiptVerdict> {
  const trusted = keysIn(keys)
  if (trusted === null) return { kind: 'no-keys' }
  const shown = shownIn(file)
  const jws = shown === null ? null : openJws(shown.jws)
  if (shown === null || jws === null) return { kind: 'not-a-receipt' }
  const key = trusted.find(({ keyId }) => keyId === jws.keyId)
  if (key === undefined) return { kind: 'unknown-key', keyId: jws.keyId }
  if (!(await cryptography.isSigned({ ...jws, publicKey: key.publicKey })))
    return { kind: 'not-signed', keyId: jws.keyId }
  const receipt = receiptIn(jws.payload)
  if (receipt === null) return { kind: 'unknown-version' }
  if (shown.receipt !== null && canonicalText(shown.receipt) !== jws.payload) return { kind: 'facts-differ' }
  if (shown.opening !== null && !(await opens(receipt, shown.opening, cryptography)))
    return { kind: 'opening-differs' }
  const { keyId, retiredAt } = key
  return { kind: 'valid', receipt, keyId, keyRetiredAt: retiredAt, opening: shown.opening }
}

type TrustedKey = {
  readonly keyId: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly retiredAt: string | null
}

const PUBLIC_KEY_BYTES = 32

function keysIn(text: string): readonly TrustedKey[] | null {
  const file = parsed(text)
  if (!isRecord(file) || !Array.isArray(file.keys)) return null
  const keys = file.keys.flatMap((key: unknown) => trustedKey(key) ?? [])
  return keys.length === 0 ? null : keys
}

function trustedKey(key: unknown): TrustedKey | null {
  if (!isRecord(key) || key.crv !== 'Ed25519') return null
  if (typeof key.kid !== 'string' || typeof key.x !== 'string') return null
  const publicKey = fromBase64url(key.x)
  if (publicKey?.length !== PUBLIC_KEY_BYTES) return null
  return { keyId: key.kid, publicKey, retiredAt: typeof key.retiredAt === 'string' ? key.retiredAt : null }
}

type Shown = { readonly jws: string; readonly receipt: unknown; readonly opening: Opening | null }

/** What a file shows; null when it is none of the three shapes. A member nobody knows could pass for a signed one. */
function shownIn(text: string): Shown | null {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{')) return { jws: trimmed, receipt: null, opening: null }
  const file = parsed(trimmed)
  if (!isRecord(file) || typeof file.jws !== 'string' || !isRecord(file.receipt)) return null
  if (JSON.stringify(file) !== withoutBlanks(trimmed)) return null
  const { jws, receipt, opening, ...unknown } = file
  if (Object.keys(unknown).length > 0) return null
  if (opening === undefined) return { jws, receipt, opening: null }
  return isOpening(opening) ? { jws, receipt, opening } : null
}

/** Of a member that stands there twice a reader sees the first and a parser takes the last. */
function withoutBlanks(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
}

function isOpening(value: unknown): value is Opening {
  return (
    isRecord(value) &&
    typeof value.subjectId === 'string' &&
    typeof value.nonce === 'string' &&
    Object.keys(value).length === 2
  )
}

/** What was signed, or null when it is no receipt of a kind that is known here. */
function receiptIn(payload: string): Receipt | null {
  const receipt = parsed(payload)
  return isReceipt(receipt) && canonicalText(receipt) === payload ? receipt : null
}

async function opens(
  { receiptId, subjectCommitment }: Receipt,
  opening: Opening,
  { hmac }: ReceiptCryptography,
): Promise<boolean> {
  const input = commitmentInput(receiptId, opening)
  if (input === null || subjectCommitment === null) return false
  return toBase64url(await hmac(input.nonce, input.message)) === subjectCommitment
}

function canonicalText(value: unknown): string | null {
  try {
    return canonicalJson(value)
  } catch {
    return null
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
