import { isTestCode, isTypeScript, type SourceFile } from './source-files.ts'
import type { Finding } from './tidy-exceptions.ts'

interface WordRule {
  readonly rule: string
  readonly pattern: RegExp
  readonly what: string
  readonly appliesTo: (path: string) => boolean
}

/** Words and marks that must not stand in a text, line by line. The checks themselves have to name them. */
export function bannedWords({ path, text }: SourceFile): readonly Finding[] {
  if (path.startsWith('tools/tidy')) return []
  const rules = WORD_RULES.filter(({ appliesTo }) => appliesTo(path))
  return text
    .split('\n')
    .flatMap((content, index) =>
      rules
        .filter(({ pattern }) => pattern.test(content))
        .map(({ rule, what }) => ({ rule, path, line: index + 1, what })),
    )
}

const isCode = isTypeScript
const isText = (path: string): boolean => path !== 'package-lock.json'

/** `{"success":true}` is Segment's word on the wire; in the house an outcome is a fact. */
const isOutsideTheSegmentDoor = (path: string): boolean =>
  isCode(path) && !path.startsWith('packages/server/src/http/collection/segment/') && !isTestCode(path)

const WORD_RULES: readonly WordRule[] = [
  {
    rule: 'unfinished',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    what: 'a note to finish it later',
    appliesTo: isText,
  },
  { rule: 'only', pattern: /\b(test|it|describe)\.only\(/, what: 'runs one test alone', appliesTo: isCode },
  { rule: 'ts-ignore', pattern: /@ts-(ignore|nocheck)/, what: 'silences the compiler', appliesTo: isCode },
  {
    rule: 'success',
    pattern: /\bsuccess['"]?\s*:\s*true\b/,
    what: 'success: true',
    appliesTo: isOutsideTheSegmentDoor,
  },
  {
    rule: 'store-transaction',
    pattern: /\.transaction\(\)|['"`](begin|commit|rollback)\b/i,
    what: 'a store takes part in a transaction and never opens one',
    appliesTo: (path) => path.endsWith('.store.ts'),
  },
  {
    rule: 'machine-path',
    pattern: /(?<![\w.@:/-])\/(work|home|Users|root)\/[\w.-]+/,
    what: 'a path of one machine',
    appliesTo: isText,
  },
  {
    rule: 'outside-document',
    pattern:
      /\bDESIGN(\.md)? ?(§|\d)|\bDESIGN\.md\b|\bHOUSE\.md\b|\b[Ss]eeds?[ /]\d{3}\b|\breference\/\w+\.md\b/,
    what: 'points at a document that is not in the repository',
    appliesTo: isText,
  },
  {
    rule: 'registry',
    pattern: /registry\.[\w.-]+\.\w{2,}|npm\.pkg\.github|artifactory|verdaccio/i,
    what: 'names a package registry',
    appliesTo: () => true,
  },
  {
    rule: 'lock-address',
    pattern: /"resolved":\s*"(https?|git)/,
    what: 'the lock file names an address to download from',
    appliesTo: (path) => path === 'package-lock.json',
  },
]
