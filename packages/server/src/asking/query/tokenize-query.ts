import { placeOf, unsupportedQuery } from './unsupported-query.ts'

export type Token = {
  readonly kind: 'space' | 'word' | 'text' | 'mark'
  /** As written; a text keeps its quotes. */
  readonly text: string
  /** Offset in the query, in UTF-16 units. */
  readonly at: number
}

/** A query needs two levels: a list in brackets, and brackets around a condition. One more is allowed for tidiness. */
const DEEPEST = 3

/**
 * Cuts a query into tokens that, joined, give the query again. Texts with a backslash or a doubled quote are refused:
 * the SQL parser hands them on undecoded, and two dialects read them differently.
 */
export function tokenizeQuery(query: string): readonly Token[] {
  const tokens = Array.from(query.matchAll(TOKEN), ({ 0: text, index }) => ({
    kind: kindOf(text),
    text,
    at: index,
  }))
  refuseOddTexts(query, tokens)
  refuseDepth(query, tokens)
  return tokens
}

const TOKEN = /\s+|[\w-]+|"[^"\\]*"|'[^'\\]*'|`[^`\\]*`|./gsu

function kindOf(text: string): Token['kind'] {
  if (text.trim() === '') return 'space'
  if (/^[\w-]/.test(text)) return 'word'
  return text.length > 1 && /^["'`]/.test(text) ? 'text' : 'mark'
}

function refuseOddTexts(query: string, tokens: readonly Token[]): void {
  tokens.forEach((token, index) => {
    const isOpen = token.kind === 'mark' && /["'`]/.test(token.text)
    const isDoubled = token.kind === 'text' && tokens[index + 1]?.kind === 'text'
    if (!isOpen && !isDoubled) return
    const place = placeOf(query, token.at)
    throw unsupportedQuery('A quoted text is not closed, or holds a backslash or its own quote', place)
  })
}

/** Also keeps the parser away from input that takes it exponential time. */
function refuseDepth(query: string, tokens: readonly Token[]): void {
  let depth = 0
  for (const token of tokens) {
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    if (depth > DEEPEST) throw unsupportedQuery('Brackets are nested too deeply', placeOf(query, token.at))
  }
}
