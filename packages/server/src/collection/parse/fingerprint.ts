import { hash } from 'node:crypto'
import { isJsonObject } from './json-object.ts'

/** Gives each item of one call its fingerprint; equal items get different ones, in their order. */
export function fingerprints(): (item: unknown) => string {
  const seen = new Map<string, number>()
  return (item) => {
    const digest = hash('sha256', canonicalText(item), 'base64url')
    const ordinal = seen.get(digest) ?? 0
    seen.set(digest, ordinal + 1)
    return ordinal === 0 ? digest : `${digest}.${ordinal}`
  }
}

/**
 * JSON text that does not depend on the order of keys. Not RFC 8785: its implementations throw at numbers beyond the
 * range of a double, which JSON.parse lets through, and nobody else has to compute this text.
 */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null'
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`)
  return `{${members.join(',')}}`
}
