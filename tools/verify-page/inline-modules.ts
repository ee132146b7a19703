import { stripTypeScriptTypes } from 'node:module'
import { posix } from 'node:path'

/**
 * TypeScript modules and all they import as one script for browsers. Each keeps a scope of its own, and its exports become
 * constants of the script.
 */
export function inlineModules(entries: readonly string[], read: (path: string) => string): string {
  const scripts = new Map<string, string>()
  const include = (path: string): void => {
    if (scripts.has(path)) return
    const source = stripTypeScriptTypes(read(path))
    for (const [, from = ''] of source.matchAll(IMPORT)) include(posix.join(posix.dirname(path), from))
    scripts.set(path, scoped(source))
  }
  for (const entry of entries) include(entry)
  return [...scripts.values()].filter((script) => script !== '').join('\n')
}

const IMPORT = /^import\s+\{[^}]*\}\s+from '(\.[^']+)'$/gm
const EXPORT = /^export (?=(?:async )?(?:function|const) (\w+))/gm

/** What is imported is a constant of the script already. A module of types only leaves nothing. */
function scoped(source: string): string {
  const names = Array.from(source.matchAll(EXPORT), ([, name]) => name)
  if (names.length === 0) return ''
  const body = source
    .replaceAll(IMPORT, '')
    .replaceAll(EXPORT, '')
    .replaceAll(/[ \t]+$/gm, '')
  return `const { ${names.join(', ')} } = (() => {\n${body.trim()}\nreturn { ${names.join(', ')} }\n})()\n`
}
