import { readFileSync } from 'node:fs'

/** The part of Vitest's JSON report that is counted. */
export interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

/** The words of the last line, and whether they are good news. A run in which no test passed is not. */
export function summarise(reports: readonly VitestReport[], failedSteps: number) {
  const passed = total(reports.map(({ numPassedTests }) => numPassedTests))
  const failedTests = total(reports.map(({ numFailedTests }) => numFailedTests))
  const unloaded = total(reports.map((report) => report.testResults.filter(couldNotLoad).length))
  const skipped = total(reports.map(({ numPendingTests }) => numPendingTests))

  // A failed test has failed its step too; the step is counted when nothing else says what went wrong.
  const failures = failedTests + unloaded
  const failed = failures > 0 ? failures : failedSteps + (passed === 0 ? 1 : 0)
  return { skipped, isGood: failed === 0 && failedSteps === 0, line: `${passed} passed, ${failed} failed` }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

/** A test file that throws while it is imported has no tests, so it would be counted nowhere. */
const couldNotLoad = ({ status, assertionResults }: VitestReport['testResults'][number]): boolean =>
  status === 'failed' && assertionResults.length === 0

if (import.meta.main) {
  const [failedSteps = '0', ...paths] = process.argv.slice(2)
  // The shell hands over its own pattern when no report was written.
  const reports = paths.filter((path) => !path.includes('*')).map(reportAt)
  const { isGood, skipped, line } = summarise(reports, Number(failedSteps))
  process.stdout.write(`${skipped} skipped\n${line}\n`)
  process.exitCode = isGood ? 0 : 1
}

function reportAt(path: string): VitestReport {
  return JSON.parse(readFileSync(path, 'utf8'))
}
