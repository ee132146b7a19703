import type { SourceFile } from './source-files.ts'
import type { Finding } from './tidy-exceptions.ts'

/** Tables of the migrations that no `comment on table` explains, wherever in the set the comment stands. */
export function tablesWithoutComment(files: readonly SourceFile[]): readonly Finding[] {
  const migrations = files
    .filter(({ path }) => /\/migrations\/[^/]+\.sql$/.test(path))
    .map(({ path, text }) => ({ path, text: withoutComments(text) }))
  const explained = new Set(migrations.flatMap(({ text }) => namesIn(text, COMMENT_ON_TABLE)))
  return migrations.flatMap(({ path, text }) =>
    Array.from(text.matchAll(CREATE_TABLE), ({ index, groups }) => ({ name: groups?.name ?? '', index }))
      .filter(({ name }) => !explained.has(name))
      .map(({ name, index }) => ({ rule: 'table-comment', path, line: lineAt(text, index), what: name })),
  )
}

/** A partition is explained by the table it is part of, a temporary table by the function that makes it. */
const CREATE_TABLE =
  /\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(?<name>[\w."]+)(?!\s+partition\s+of)\b/gi
const COMMENT_ON_TABLE = /\bcomment\s+on\s+table\s+(?<name>[\w."]+)\s+is\s+'/gi

const namesIn = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ({ groups }) => groups?.name ?? '')

/** Comments become blanks of the same length, so that lines can still be counted. */
const withoutComments = (sql: string): string =>
  sql.replaceAll(/--.*$|\/\*[\s\S]*?\*\//gm, (comment) => comment.replaceAll(/[^\n]/g, ' '))

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length
