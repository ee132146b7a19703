import { Problem } from '@heed/protocol'
import { readText } from './read-json-text.ts'

/** The JSON text in a decoded `data` parameter: JSON itself, or base64 of it in either alphabet. */
export function textOfData(data: string): string {
  const text = data.trim()
  if (looksLikeJson(text)) return text
  // A query parser reads the `+` of base64 as a blank.
  const base64 = text.replaceAll(' ', '+')
  if (!BASE64.test(base64)) throw new Problem('invalid-json', 'The data is neither JSON nor base64 of JSON.')
  return readText(Buffer.from(base64, 'base64')).trim()
}

const BASE64 = /^[A-Za-z0-9+/_-]+=*$/

export function looksLikeJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[')
}
