import type { SourceFile } from './source-files.ts'
import type { Finding } from './tidy-exceptions.ts'

/** Names that say nothing about what is inside, or that a copy was made instead of a choice. */
export function unclearNames(file: SourceFile): readonly Finding[] {
  if (!isNamedByUs(file.path)) return []
  const complaint = (rule: string, what: string): Finding => ({ rule, path: file.path, line: 1, what })
  const parts = file.path.split('/').map((part) => part.replace(/(\.\w+)+$/, ''))
  return [
    ...parts.filter((part) => SAYS_NOTHING.test(part)).map((part) => complaint('vague-name', part)),
    ...parts.filter((part) => SECOND_VERSION.test(part)).map((part) => complaint('second-version', part)),
    ...(isKebabCase(file.path) ? [] : [complaint('kebab-case', file.path)]),
  ]
}

const SAYS_NOTHING =
  /^(utils?|helpers?|common|shared|libs?|misc|types|stuff|manager)$|-(utils?|helpers?|misc)$/
const SECOND_VERSION = /[a-z]2$|-v2$|-(new|old|copy|final|legacy)$/
const KEBAB_PART = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/

const isNamedByUs = (path: string): boolean => /^(packages|journeys|bench|tools)\//.test(path)

/** Conventional names (`README.md`, `Dockerfile`) are what readers and tools look for. */
function isKebabCase(path: string): boolean {
  return path.split('/').every((part) => KEBAB_PART.test(part) || /^([A-Z]+\.md|LICENSE)$/.test(part))
}
