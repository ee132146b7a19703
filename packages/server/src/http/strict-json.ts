import { Problem } from '@heed/protocol'

const DEEPEST = 32

/**
 * JSON for routes that change things. It refuses what two readers could understand differently: bytes that are not UTF-8,
 * a key that stands twice, `__proto__`, and nesting nobody needs.
 */
export function parseStrictJson(body: Buffer): unknown {
  if (body.length === 0) throw new Problem('invalid-json', 'The body is empty; send a JSON object.')
  const text = decodeUtf8(body)
  const value = parse(text)
  refuseAmbiguity(text)
  return value
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new Problem('invalid-encoding', 'The body must be UTF-8.', { cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem('invalid-json', 'Check the body with a JSON validator; nothing was changed.', { cause })
  }
}

const TOKENS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g

/** Walks text that is known to be JSON: strings followed by a colon are keys, everything else only opens and closes. */
function refuseAmbiguity(text: string): void {
  const open: Set<string>[] = []
  for (const [token, colon] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined) noteKey(token.slice(0, -colon.length), open.at(-1))
    if (open.length > DEEPEST)
      throw new Problem('invalid-json', `The body is nested deeper than ${DEEPEST} levels.`)
  }
}

function noteKey(quoted: string, keys: Set<string> | undefined): void {
  const key = String(JSON.parse(quoted))
  if (key === '__proto__') throw new Problem('invalid-json', 'A key of the body is not allowed: __proto__.')
  if (keys?.has(key)) throw new Problem('invalid-json', 'A key stands twice in one object of the body.')
  keys?.add(key)
}
