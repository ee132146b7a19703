import { type MeasuredFunction, measureFunctions } from './measure-functions.ts'
import { parseSource } from './parse-source.ts'
import { isTypeScript, type SourceFile } from './source-files.ts'
import type { Finding } from './tidy-exceptions.ts'

const FILE_LINES = 400
const FUNCTION_LINES = 70
const COMPONENT_LINES = 120
const PARAMETERS = 3
const NESTING = 3

/** Where a file or one of its functions is larger than a person reads at once. */
export function oversizes(file: SourceFile): readonly Finding[] {
  const lines = lineCount(file)
  const long: Finding[] =
    lines > FILE_LINES && isSource(file.path)
      ? [{ rule: 'file-lines', path: file.path, line: 1, what: `${lines} lines, at most ${FILE_LINES}` }]
      : []
  return isTypeScript(file.path)
    ? [...long, ...functionsOf(file).flatMap((f) => oversizedParts(file, f))]
    : long
}

export const lineCount = ({ text }: SourceFile): number => text.replace(/\n$/, '').split('\n').length

export const isSource = (path: string): boolean => /\.(ts|tsx|sql|css|html)$/.test(path)

export const functionsOf = (file: SourceFile): readonly MeasuredFunction[] =>
  measureFunctions(parseSource(file))

/** How many arguments a callback takes is up to the function it is handed to. */
function oversizedParts(file: SourceFile, measured: MeasuredFunction): Finding[] {
  const { name, line, lines, nesting } = measured
  const parameters = measured.isCallback ? 0 : measured.parameters
  const limit = lineLimit(file.path, measured)
  const complaint = (rule: string, what: string): Finding => ({
    rule,
    path: file.path,
    line,
    what: `${name}: ${what}`,
  })
  return [
    ...(lines > limit ? [complaint('function-lines', `${lines} lines, at most ${limit}`)] : []),
    ...(parameters > PARAMETERS
      ? [complaint('parameters', `${parameters} parameters, at most ${PARAMETERS}`)]
      : []),
    ...(nesting > NESTING ? [complaint('nesting', `nested ${nesting} deep, at most ${NESTING}`)] : []),
  ]
}

/** The callback of `describe` is a heading over tests, and each of them is measured. */
function lineLimit(path: string, { name }: MeasuredFunction): number {
  if (name === 'callback of describe') return FILE_LINES
  return path.endsWith('.tsx') && /^[A-Z]/.test(name) ? COMPONENT_LINES : FUNCTION_LINES
}
