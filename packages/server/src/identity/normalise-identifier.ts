import type { Identifier } from '@heed/core'
import { normalisePhone } from './normalise-phone.ts'

/**
 * The version of the rules below. Digests are made from what they answer, and a digest whose plaintext is gone can never
 * be made again: any change to an answer, a `libphonenumber-js` update included, needs a new version beside this one.
 */
export const NORMALISER_VERSION = 1

/** The longest value, in UTF-8 bytes after normalising. */
export const MAX_IDENTIFIER_BYTES = 512

export type IdentifierRefusal = {
  readonly refused: 'blank-identifier' | 'identifier-too-long' | 'malformed-identifier'
}

/**
 * Turns what a client sent into the one spelling that is digested, or says why it cannot.
 *
 * - Every kind: trimmed, Unicode NFC (a name typed on a Mac and the same name typed elsewhere are one person).
 * - `email`: lower-cased; it must have an `@` with something on both sides, because `n/a` and `none` would join
 *   everybody who filled in nothing. Dots and `+tags` are left alone: providers differ.
 * - `phone`: see `normalisePhone`.
 * - Every other kind: letter case is kept. A whole number is its decimal text, but not above 2^53: JSON has then
 *   already lost digits, and two people would share an id.
 * - `null`, a missing value and what programs write for one (`"undefined"`, the all-zero device id) are blank; booleans, objects and arrays are malformed.
 */
export function normaliseIdentifier(kind: string, raw: unknown): Identifier | IdentifierRefusal {
  if (!isKind(kind)) return { refused: 'malformed-identifier' }
  if (raw === null || raw === undefined) return { refused: 'blank-identifier' }
  const text = textOf(raw)
  if (text === null || !text.isWellFormed() || text.includes('\0')) return { refused: 'malformed-identifier' }
  const trimmed = text.trim()
  if (INVISIBLE.test(trimmed) || PLACEHOLDERS.has(trimmed.toLowerCase()))
    return { refused: 'blank-identifier' }
  if (trimmed.length > LONGEST_RAW) return { refused: 'identifier-too-long' }
  const value = canonical(kind, trimmed.normalize('NFC'))
  if (value === null) return { refused: 'malformed-identifier' }
  return Buffer.byteLength(value) > MAX_IDENTIFIER_BYTES
    ? { refused: 'identifier-too-long' }
    : { kind, value }
}

/** NFC makes four code units into one at most, so nothing longer can come out short enough. */
const LONGEST_RAW = 4 * MAX_IDENTIFIER_BYTES

/** Nothing a person could see: spaces, controls, zero-width and filler characters. */
const INVISIBLE = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]*$/u

/** What programs write where an id is missing, and the advertising id of everybody who refused one: each of these would
 *  make one person of thousands. */
const PLACEHOLDERS = new Set([
  'null',
  'undefined',
  'nan',
  '[object object]',
  '(null)',
  '<null>',
  '00000000-0000-0000-0000-000000000000',
])

const KIND = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/
const OWN_KINDS = ['userId', 'anonymousId', 'email', 'phone', 'deviceId'] as const
const MISSPELT = new Map(OWN_KINDS.map((kind) => [kind.toLowerCase(), kind as string]))

/** A misspelt kind of ours (`Email`, `userid`) is refused: taken as an external id it would silently match nobody. */
function isKind(kind: string): boolean {
  return KIND.test(kind) && (MISSPELT.get(kind.toLowerCase()) ?? kind) === kind
}

function textOf(raw: unknown): string | null {
  if (typeof raw === 'string') return raw
  return typeof raw === 'number' && Number.isSafeInteger(raw) ? String(raw) : null
}

function canonical(kind: string, text: string): string | null {
  if (kind === 'email') return canonicalEmail(text)
  return kind === 'phone' ? normalisePhone(text) : text
}

function canonicalEmail(text: string): string | null {
  const at = text.lastIndexOf('@')
  return at > 0 && at < text.length - 1 ? text.toLowerCase().normalize('NFC') : null
}
