import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of the repository: its path from the root with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Folders that hold what tools made, not what people wrote. */
const NOT_OURS = new Set(['.git', 'node_modules', '.heed', 'dist', 'coverage', 'results'])

const TEXT =
  /\.(ts|tsx|mts|js|mjs|sql|json|ndjson|md|yaml|yml|css|html|sh|txt)$|(^|\/)[A-Z]\w+$|(^|\/)\.\w+$|^\.ci\//

/** Walks the folder instead of asking git, so that the checks also hold in an unpacked archive. */
export function repositoryFiles(): readonly SourceFile[] {
  return pathsUnder('').map((path) => ({ path, text: readFileSync(ROOT + path, 'utf8') }))
}

function pathsUnder(folder: string): string[] {
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pathsUnder(`${path}/`)
    return entry.isFile() && TEXT.test(path) ? [path] : []
  })
}

export const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path)

/** Tests and the code that only tests and measurements run. */
export const isTestCode = (path: string): boolean =>
  /\.test\.tsx?$|\/testing\//.test(path) || /^(journeys|bench|tools)\//.test(path)
