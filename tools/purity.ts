import { parseSource, type SyntaxNode } from './parse-source.ts'
import type { SourceFile } from './source-files.ts'

/**
 * Every place where a file of core reads a clock, chance or the world. Core decides, and a decision that cannot be
 * repeated cannot be shown to a regulator, so time and randomness come in as arguments.
 */
export function impurities(file: SourceFile): readonly string[] {
  const { visits, lineAt } = parseSource(file)
  return visits.flatMap(({ node }) => {
    const world = worldReadBy(node)
    return world === null
      ? []
      : [`${file.path}:${lineAt(node.start)} reads ${world}: core has no clock and no I/O`]
  })
}

const WORLD_OBJECTS = ['process', 'performance', 'crypto', 'globalThis', 'console']
const WORLD_CALLS = ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']
const CLOCK_AND_CHANCE = ['Date.now', 'Math.random']

function worldReadBy(node: SyntaxNode): string | null {
  switch (node.type) {
    case 'NewExpression':
      return node.arguments.length === 0 && nameOf(node.callee) === 'Date' ? 'new Date()' : null
    case 'CallExpression':
      return WORLD_CALLS.find((call) => call === nameOf(node.callee)) ?? null
    case 'MemberExpression': {
      const path = `${nameOf(node.object)}.${nameOf(node.property)}`
      const isWorld = WORLD_OBJECTS.includes(nameOf(node.object)) || CLOCK_AND_CHANCE.includes(path)
      return isWorld ? path : null
    }
    default:
      return null
  }
}

function nameOf(node: SyntaxNode): string {
  return node.type === 'Identifier' ? node.name : ''
}
