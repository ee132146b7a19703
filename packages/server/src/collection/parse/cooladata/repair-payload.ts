/**
 * Makes JSON of a payload written as Cooladata's own documentation prints it, and clients copied it. Exactly these
 * defects are repaired: keys without quotes, curly quotes around texts, and a text whose closing quote is missing at the
 * end of its line or of the payload. Anything else passes through and is refused by the parser that reads the answer.
 * Runs once over the payload, whatever it is.
 */
export function repairPayload(payload: string): string {
  let repaired = ''
  let at = 0
  while (at < payload.length) {
    const piece = pieceAt(payload, at)
    repaired += piece.json
    at = piece.end
  }
  return repaired
}

type Piece = { readonly json: string; readonly end: number }

function pieceAt(payload: string, at: number): Piece {
  const character = payload.charAt(at)
  if (character === '"' || CURLY.includes(character)) return quotedText(payload, at)
  if (/[A-Za-z_]/.test(character)) return bareWord(payload, at)
  return { json: character, end: at + 1 }
}

/** The documentation opens and closes with the same mark, so any of them closes what any of them opened. */
const CURLY = '\u201c\u201d\u201e\u201f'

/** A straight quote inside curly ones belongs to the text; a curly one inside straight ones too. */
function quotedText(payload: string, start: number): Piece {
  const isStraight = payload.charAt(start) === '"'
  let end = start + 1
  while (end < payload.length) {
    const character = payload.charAt(end)
    if (isStraight ? character === '"' : CURLY.includes(character)) {
      return { json: quoted(payload.slice(start + 1, end)), end: end + 1 }
    }
    if (character === '\n' || character === '\r') break
    end += character === '\\' ? 2 : 1
  }
  return unclosedText(payload, start, Math.min(end, payload.length))
}

/** Closed where its line ends. On one line the brackets and commas at the end of the payload are taken to be its structure. */
function unclosedText(payload: string, start: number, lineEnd: number): Piece {
  const line = payload.slice(start + 1, lineEnd)
  const text = lineEnd === payload.length ? withoutTail(line, '}], \t') : withoutTail(line, ', \t')
  return { json: quoted(text), end: start + 1 + text.length }
}

function withoutTail(text: string, tail: string): string {
  let end = text.length
  while (end > 0 && tail.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

/** Escapes stay as they were written; an inner straight quote gets one. */
function quoted(text: string): string {
  return `"${text.replace(/\\[\s\S]|"/g, (found) => (found === '"' ? '\\"' : found))}"`
}

const BARE_WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const COLON = /\s*:/y

/** A word before a colon is a key; `true`, `false` and `null` as values stay. */
function bareWord(payload: string, start: number): Piece {
  BARE_WORD.lastIndex = start
  const word = BARE_WORD.exec(payload)?.[0] ?? payload.charAt(start)
  COLON.lastIndex = start + word.length
  return { json: COLON.test(payload) ? `"${word}"` : word, end: start + word.length }
}
