import type { Finding } from './finding.ts'

const HEADS = ['what', 'measured', 'hold', 'reach for', 'held']

/** The findings as columns of plain text. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = [HEADS, ...findings.map(cellsOf)]
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(HEADS), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.slice(1).map(line)].join(
    '\n',
  )
}

function cellsOf({ what, measured, hold, reachFor, isHeld }: Finding): string[] {
  return [what, measured, hold, reachFor, isHeld === null ? '' : isHeld ? 'yes' : 'NO']
}
