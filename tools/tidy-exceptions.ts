/** One place that breaks a rule of the house. */
export interface Finding {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly what: string
}

/** A finding that may stay, because changing it would be worse. */
export interface Exception {
  readonly rule: string
  readonly path: string
  readonly reason: string
}

/** One that no longer excuses anything fails the check, so the list cannot rot. */
export const exceptions: readonly Exception[] = [
  {
    rule: 'file-lines',
    path: 'docs/verify-receipt.html',
    reason: 'a page that people keep as one file; tools/verify-page makes it of smaller ones',
  },
]

/** Findings without an exception, and exceptions without a finding, as sentences. */
export function unexcused(findings: readonly Finding[], allowed: readonly Exception[]): readonly string[] {
  const excuses = (exception: Exception, finding: Finding) =>
    exception.rule === finding.rule && exception.path === finding.path
  return [
    ...findings
      .filter((finding) => !allowed.some((exception) => excuses(exception, finding)))
      .map(({ path, line, rule, what }) => `${path}:${line} [${rule}] ${what}`),
    ...allowed
      .filter((exception) => !findings.some((finding) => excuses(exception, finding)))
      .map(({ path, rule }) => `${path} [${rule}] stands in the exceptions and breaks nothing`),
  ]
}
