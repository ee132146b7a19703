import { parseSync } from 'oxc-parser'
import { type Comment, parseSource } from './parse-source.ts'
import { isTypeScript, type SourceFile } from './source-files.ts'
import type { Finding } from './tidy-exceptions.ts'

/** Comments that tell what the code was instead of why it is, and code kept in a comment. git remembers both. */
export function staleComments(file: SourceFile): readonly Finding[] {
  return commentsOf(file).flatMap(({ text, line }) => {
    const complaint = (rule: string): Finding => ({
      rule,
      path: file.path,
      line,
      what: text.trim().slice(0, 60),
    })
    return [
      ...(HISTORY.test(text) ? [complaint('history')] : []),
      ...(isCode(text) ? [complaint('commented-out-code')] : []),
      ...(BANNER.test(text) ? [complaint('banner')] : []),
    ]
  })
}

function commentsOf(file: SourceFile): readonly Comment[] {
  if (isTypeScript(file.path)) return parseSource(file).comments
  if (!file.path.endsWith('.sql')) return []
  return file.text.split('\n').flatMap((content, index) => {
    const found = /^\s*--(.*)$/.exec(content)
    return found === null ? [] : [{ text: found[1] ?? '', line: index + 1 }]
  })
}

const HISTORY =
  /\b(refactored|rewritten|renamed (from|to)|moved (here|from|to) \S+\.(ts|sql)|(was|were) (renamed|rewritten|refactored)|used to be|formerly|previously (this|we|it|was)|legacy code|(old|new|previous) (implementation|version of this)|fixed (in|by) #?\w+|changed (in|on) \d)/i

const BANNER = /[-=*#~]{6,}/

/** Prose seldom parses: only a comment that begins like a statement and parses as one is code. */
function isCode(comment: string): boolean {
  const text = comment.trim()
  if (!/^(const|let|var|import|export|return|await|throw|if \(|for \(|while \()|^[\w.]+\(.*\)$/.test(text))
    return false
  return /[=({]/.test(text) && parseSync('comment.ts', `async function f() { ${text} }`).errors.length === 0
}
