import { isJsonObject } from './json-object.ts'

/**
 * Whether a JSON text may hold what `storable` repairs. In valid UTF-8 a NUL or a lone surrogate can only be written as
 * an escape, so for nearly every body two searches answer no.
 */
export function mayNeedRepair(jsonText: string): boolean {
  return jsonText.includes('\\u') || jsonText.includes('__proto__')
}

/**
 * A parsed value without what other readers of JSON choke on: NUL and lone surrogates become U+FFFD (PostgreSQL takes
 * neither in text or jsonb), and members named `__proto__` are left out. Its depth must have been measured.
 */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storable)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '__proto__')
      .map(([key, member]) => [storableText(key), storable(member)]),
  )
}

function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
