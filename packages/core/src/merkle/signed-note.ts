import { fromBase64, toBase64 } from './base64.ts'
import { concat, type Hash, isSameHash } from './tree-hash.ts'

/** Who signs notes: a name and the first bytes of a digest of name and key. https://c2sp.org/signed-note (read 2026-11-21) */
export type NoteSigner = { readonly name: string; readonly keyHash: Uint8Array }

/** `publicKey`: the 32 bytes of an Ed25519 key. */
export function noteSigner(
  hash: Hash,
  { name, publicKey }: { name: string; publicKey: Uint8Array },
): NoteSigner {
  const id = hash(concat(utf8(`${name}\n`), ED25519, publicKey))
  return { name, keyHash: id.subarray(0, KEY_HASH_BYTES) }
}

/** The note: `text`, which ends in a line feed, an empty line, and one line of signature. */
export function signNote(
  text: string,
  { name, keyHash }: NoteSigner,
  sign: (message: Uint8Array) => Uint8Array,
): string {
  if (!text.endsWith('\n')) throw new RangeError('the text of a note ends in a line feed')
  return `${text}\n— ${name} ${toBase64(concat(keyHash, sign(utf8(text))))}\n`
}

/** The text of a note that this signer has signed, or null. Signatures of others are not looked at. */
export function openNote(
  note: string,
  { name, keyHash }: NoteSigner,
  verify: (message: Uint8Array, signature: Uint8Array) => boolean,
): string | null {
  const end = note.lastIndexOf('\n\n')
  if (end === -1 || !note.endsWith('\n')) return null
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2, -1).split('\n')
  const isSigned = lines.some((line) => {
    const signature = signatureIn(line, { name, keyHash })
    return signature !== null && verify(utf8(text), signature)
  })
  return isSigned ? text : null
}

const ED25519 = Uint8Array.of(1)
const KEY_HASH_BYTES = 4

function signatureIn(line: string, { name, keyHash }: NoteSigner): Uint8Array | null {
  if (!line.startsWith(`— ${name} `)) return null
  const bytes = fromBase64(line.slice(`— ${name} `.length))
  if (bytes === null || !isSameHash(bytes.subarray(0, KEY_HASH_BYTES), keyHash)) return null
  return bytes.subarray(KEY_HASH_BYTES)
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
