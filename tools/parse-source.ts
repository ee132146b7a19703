import { type Node, parseSync, visitorKeys } from 'oxc-parser'
import type { SourceFile } from './source-files.ts'

export type SyntaxNode = Node

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Erased before the program runs. `import { type A }` is not: Node still loads the module. */
  readonly isTypeOnly: boolean
}

export interface Comment {
  readonly text: string
  readonly line: number
}

/** A syntax node with the one above it, so that a function can be named after what holds it. */
interface Visit {
  readonly node: SyntaxNode
  readonly parent: SyntaxNode | null
}

export interface ParsedSource {
  readonly visits: readonly Visit[]
  readonly imports: readonly Import[]
  readonly comments: readonly Comment[]
  readonly lineAt: (offset: number) => number
}

/**
 * TypeScript 7 has no compiler API, so the checks read sources with oxc, the parser knip and Vite already use.
 * A file that does not parse is an error, never a file without imports.
 */
export function parseSource(file: SourceFile): ParsedSource {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const fresh = parse(file)
  parsed.set(file, fresh)
  return fresh
}

/** Every rule reads the same files; each is parsed once. */
const parsed = new WeakMap<SourceFile, ParsedSource>()

function parse({ path, text }: SourceFile): ParsedSource {
  const { program, comments, errors } = parseSync(path, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)

  const lineAt = lineCounter(text)
  const visits = visitsFrom(program, null)
  return {
    visits,
    lineAt,
    imports: visits.flatMap(({ node }) => importIn(node, lineAt)),
    comments: comments.map(({ value, start }) => ({ text: value, line: lineAt(start) })),
  }
}

/** Offsets count UTF-16 units, as oxc gives them. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)]
  return (offset) => {
    const after = starts.findIndex((start) => start > offset)
    return after === -1 ? starts.length : after
  }
}

function visitsFrom(node: SyntaxNode, parent: SyntaxNode | null): Visit[] {
  return [{ node, parent }, ...childrenOf(node).flatMap((child) => visitsFrom(child, node))]
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const fields = new Map<string, unknown>(Object.entries(node))
  return (visitorKeys[node.type] ?? []).flatMap((key) => {
    const value = fields.get(key)
    return (Array.isArray(value) ? value : [value]).filter(isNode)
  })
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value
}

function importIn(node: SyntaxNode, lineAt: (offset: number) => number): Import[] {
  const found = moduleNamedBy(node)
  return found === null ? [] : [{ ...found, line: lineAt(node.start) }]
}

function moduleNamedBy(node: SyntaxNode): { specifier: string; isTypeOnly: boolean } | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: node.source.value, isTypeOnly: node.importKind === 'type' }
    case 'ExportAllDeclaration':
      return { specifier: node.source.value, isTypeOnly: node.exportKind === 'type' }
    case 'ExportNamedDeclaration':
      return node.source === null
        ? null
        : { specifier: node.source.value, isTypeOnly: node.exportKind === 'type' }
    case 'TSImportType':
      return { specifier: node.source.value, isTypeOnly: true }
    case 'ImportExpression':
      return { specifier: literalText(node.source), isTypeOnly: false }
    default:
      return null
  }
}

/** A module name put together at run time cannot be judged; the layers refuse it by this name. */
export const COMPUTED_SPECIFIER = '(computed)'

function literalText(node: SyntaxNode): string {
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : COMPUTED_SPECIFIER
}
