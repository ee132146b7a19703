import { isUtf8 } from 'node:buffer'
import { Problem } from '@heed/protocol'

/** The text of a body, without its byte order mark. Refuses what is not UTF-8: replacing bytes could join two ids. */
export function readText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Problem('invalid-encoding', 'Send the body as UTF-8.')
  const text = bytes.toString('utf8')
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
}

const BYTE_ORDER_MARK = 0xfeff

/**
 * The value of a JSON text; of duplicate keys the last counts. Refuses anything else without V8's own message and
 * without a cause: it quotes the text, and that names people.
 */
export function parseJson(text: string): unknown {
  const value = tryParseJson(text)
  if (value === NOT_JSON) throw new Problem('invalid-json', 'The body is not JSON text.')
  return value
}

export const NOT_JSON = Symbol('not JSON')

/** JSON.parse has no form that answers instead of throwing, and "is it JSON?" is a question here. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return NOT_JSON
  }
}
