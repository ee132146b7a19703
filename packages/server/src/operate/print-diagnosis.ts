import type { Diagnosis } from './doctor.ts'
import type { Finding } from './finding.ts'

const MARKS = { wrong: '✗', risky: '!', fine: '✓' } as const
const ORDER = ['wrong', 'risky', 'fine'] as const

/** The diagnosis as text for a terminal, the worst first. */
export function printDiagnosis({ settings, findings }: Diagnosis): string {
  const width = Math.max(...settings.map(({ variable }) => variable.length))
  const values = settings.map(({ variable, value }) => `  ${variable.padEnd(width)}  ${value}`)
  const sorted = ORDER.flatMap((kind) => findings.filter((finding) => finding.kind === kind))
  return ['Settings', ...values, '', 'Findings', ...sorted.map(printFinding), ''].join('\n')
}

function printFinding({ kind, check, says, remedy }: Finding): string {
  const line = `  ${MARKS[kind]} ${check}: ${says}`
  return remedy === null ? line : `${line}\n      ${remedy}`
}
