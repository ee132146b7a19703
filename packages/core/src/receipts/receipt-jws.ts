import { fromBase64url, toBase64url } from './base64url.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Receipt } from './receipt.ts'

/** `keyId` goes into the header; `sign` makes an Ed25519 signature of the bytes it is given. */
export type ReceiptSigner = {
  readonly keyId: string
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** The receipt as a compact JWS (RFC 7515) with EdDSA (RFC 8037). Header and payload are canonical JSON. */
export function signReceipt(receipt: Receipt, { keyId, sign }: ReceiptSigner): string {
  const message = `${encoded({ alg: ALGORITHM, kid: keyId, typ: TYPE })}.${encoded(receipt)}`
  return `${message}.${toBase64url(sign(utf8(message)))}`
}

export type OpenedJws = {
  readonly keyId: string
  /** What the signature is of. */
  readonly message: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
  /** The payload's text: nobody has vouched for it until the signature is checked. */
  readonly payload: string
}

/** The parts of a compact JWS, or null when the text is none that `signReceipt` could have written. */
export function openJws(text: string): OpenedJws | null {
  const [header, payload, signature, ...more] = text.split('.')
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return null
  const bytes = [header, payload, signature].map(fromBase64url)
  const [headerBytes, payloadBytes, signatureBytes] = bytes
  if (!headerBytes || !payloadBytes || !signatureBytes) return null
  const keyId = keyIdIn(text8(headerBytes))
  if (keyId === null) return null
  return {
    keyId,
    message: utf8(`${header}.${payload}`),
    signature: signatureBytes,
    payload: text8(payloadBytes),
  }
}

const ALGORITHM = 'EdDSA'
const TYPE = 'heed-receipt'

/** Only our own header is taken: one that names another algorithm must not choose how it is checked (RFC 8725 §3.1). */
function keyIdIn(header: string): string | null {
  const kid = /^\{"alg":"EdDSA","kid":"([A-Za-z0-9_-]{1,100})","typ":"heed-receipt"\}$/.exec(header)?.[1]
  return kid ?? null
}

function encoded(value: unknown): string {
  return toBase64url(utf8(canonicalJson(value)))
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

function text8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
