import { parseSource, type SyntaxNode } from './parse-source.ts'
import { isTestCode, isTypeScript, type SourceFile } from './source-files.ts'
import type { Finding } from './tidy-exceptions.ts'

/** Forms of the language that the house does without. */
export function bannedSyntax(file: SourceFile): readonly Finding[] {
  const { path } = file
  if (!isTypeScript(path)) return []
  const { visits, lineAt } = parseSource(file)
  return visits.flatMap(({ node }) =>
    SYNTAX_RULES.filter(({ appliesTo, matches }) => appliesTo(path) && matches(node)).map(
      ({ rule, what }) => ({
        rule,
        path,
        what,
        line: lineAt(node.start),
      }),
    ),
  )
}

interface SyntaxRule {
  readonly rule: string
  readonly what: string
  readonly appliesTo: (path: string) => boolean
  readonly matches: (node: SyntaxNode) => boolean
}

const isConfiguration = (path: string): boolean => path.endsWith('.config.ts')
const isSettings = (path: string): boolean => /^packages\/\w+\/src\/settings\.ts$/.test(path)

const SYNTAX_RULES: readonly SyntaxRule[] = [
  {
    rule: 'any',
    what: 'any: parse at the edge, then trust',
    appliesTo: () => true,
    matches: ({ type }) => type === 'TSAnyKeyword',
  },
  {
    rule: 'default-export',
    what: 'a default export cannot be found by its name',
    appliesTo: (path) => !isConfiguration(path),
    matches: exportsDefault,
  },
  {
    rule: 'environment',
    what: 'reads the environment: only settings.ts does',
    appliesTo: (path) => !isSettings(path) && !isConfiguration(path) && !isTestCode(path),
    matches: readsEnvironment,
  },
]

function exportsDefault(node: SyntaxNode): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true
  return (
    node.type === 'ExportSpecifier' && node.exported.type === 'Identifier' && node.exported.name === 'default'
  )
}

function readsEnvironment(node: SyntaxNode): boolean {
  if (node.type === 'ImportDeclaration') {
    const names = node.specifiers.map(({ local }) => local.name)
    return node.source.value === 'node:process' && names.includes('env')
  }
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return false
  return node.object.name === 'process' && node.property.type === 'Identifier' && node.property.name === 'env'
}
