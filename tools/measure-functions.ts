import type { ArrowFunctionExpression, Function as PlainFunction } from 'oxc-parser'
import { childrenOf, type ParsedSource, type SyntaxNode } from './parse-source.ts'

export interface MeasuredFunction {
  /** What it is called, or what it is handed to (`callback of map`). */
  readonly name: string
  readonly line: number
  /**
   * From its first line to its last, blank lines and comments included. The methods of an object that the function
   * returns are left out: `suppressionsIn(db)` is a heading over its statements, and each of them is measured.
   */
  readonly lines: number
  readonly parameters: number
  /** Deepest `if`, loop, `switch` or `try` inside; an `else if` is as deep as its `if`. */
  readonly nesting: number
  readonly isCallback: boolean
}

type FunctionNode = ArrowFunctionExpression | PlainFunction

/** Every function of a file that has a body. A function inside another counts for both. */
export function measureFunctions({ visits, lineAt }: ParsedSource): readonly MeasuredFunction[] {
  return visits.flatMap(({ node, parent }) => {
    if (!isFunction(node)) return []
    const name = nameFrom(node, parent)
    const line = lineAt((parent !== null && isNamedBy(parent) ? parent : node).start)
    return {
      line,
      name: name ?? callbackName(parent),
      lines: lineAt(node.end) - line + 1 - linesOfReturnedMethods(node, lineAt),
      parameters: parametersOf(node),
      nesting: node.body === null ? 0 : nestingOf(node.body, 0),
      isCallback: name === null,
    }
  })
}

function linesOfReturnedMethods(node: FunctionNode, lineAt: ParsedSource['lineAt']): number {
  return returnedObject(node)
    .filter((property) => property.type === 'Property' && isFunction(property.value))
    .reduce((sum, { start, end }) => sum + lineAt(end) - lineAt(start) + 1, 0)
}

function returnedObject({ body }: FunctionNode): readonly SyntaxNode[] {
  if (body === null) return []
  const last = body.type === 'BlockStatement' ? body.body.at(-1) : body
  const value = last?.type === 'ReturnStatement' ? last.argument : last
  return value?.type === 'ObjectExpression' ? value.properties : []
}

function isFunction(node: SyntaxNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  )
}

function isNamedBy(parent: SyntaxNode): boolean {
  return ['VariableDeclarator', 'Property', 'MethodDefinition', 'PropertyDefinition'].includes(parent.type)
}

function nameFrom(node: FunctionNode, parent: SyntaxNode | null): string | null {
  if (node.type !== 'ArrowFunctionExpression' && node.id !== null) return node.id.name
  switch (parent?.type) {
    case 'VariableDeclarator':
      return identifierText(parent.id)
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return identifierText(parent.key)
    default:
      return null
  }
}

function identifierText(node: SyntaxNode): string {
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') return node.name
  return node.type === 'Literal' ? String(node.value) : '(computed)'
}

function callbackName(parent: SyntaxNode | null): string {
  return parent?.type === 'CallExpression' ? `callback of ${calleeName(parent.callee)}` : 'anonymous'
}

/** `describe.each([…])('…', …)` is a callback of `describe`, `rows.map(…)` one of `map`. */
function calleeName(callee: SyntaxNode): string {
  if (callee.type === 'CallExpression' || callee.type === 'TaggedTemplateExpression') {
    return calleeName(callee.type === 'CallExpression' ? callee.callee : callee.tag)
  }
  if (callee.type !== 'MemberExpression') return identifierText(callee)
  const isSuite = callee.object.type === 'Identifier' && callee.object.name === 'describe'
  return isSuite ? 'describe' : identifierText(callee.property)
}

/** A typed `this` is not passed by anybody. */
function parametersOf({ params }: FunctionNode): number {
  return params.filter((param) => !(param.type === 'Identifier' && param.name === 'this')).length
}

const DEEPER = new Set<string>([
  'IfStatement',
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'TryStatement',
])

function nestingOf(node: SyntaxNode, depth: number): number {
  if (isFunction(node)) return depth
  const inside = DEEPER.has(node.type) ? depth + 1 : depth
  const depths = childrenOf(node).map((child) => nestingOf(child, isElseIf(node, child) ? depth : inside))
  return Math.max(inside, ...depths)
}

function isElseIf(node: SyntaxNode, child: SyntaxNode): boolean {
  return node.type === 'IfStatement' && child.type === 'IfStatement' && node.alternate === child
}
