import type { ImportVerdict } from '@heed/sdk'

/** What has become of the lines so far. It is kept in the progress file, so it holds nothing of their content. */
export type Tally = {
  readonly counts: Readonly<Record<CountedAs, number>>
  /** The first lines that were not taken, with the reason. */
  readonly passedOver: readonly PassedOver[]
}

/** `taken`: handed in with a token that may not see verdicts. */
export type CountedAs =
  | 'stored'
  | 'duplicate'
  | 'suppressed'
  | 'device-suppressed'
  | 'taken'
  | 'rejected'
  | 'malformed'

export type PassedOver = { readonly line: number; readonly reason: string }

const MOST_PASSED_OVER = 1000

export const EMPTY_TALLY: Tally = {
  counts: {
    stored: 0,
    duplicate: 0,
    suppressed: 0,
    'device-suppressed': 0,
    taken: 0,
    rejected: 0,
    malformed: 0,
  },
  passedOver: [],
}

/** A line and its verdict. */
export type Outcome = {
  readonly line: number
  readonly verdict: ImportVerdict | { readonly kind: 'taken' | 'malformed' }
}

export function addToTally({ counts, passedOver }: Tally, outcomes: readonly Outcome[]): Tally {
  const grown = { ...counts }
  for (const { verdict } of outcomes) grown[verdict.kind] += 1
  const refused = outcomes.flatMap(({ line, verdict }) => {
    if (verdict.kind === 'malformed') return [{ line, reason: 'not a JSON object' }]
    return verdict.kind === 'rejected' ? [{ line, reason: verdict.code }] : []
  })
  const kept = [...passedOver, ...refused]
    .toSorted((one, other) => one.line - other.line)
    .slice(0, MOST_PASSED_OVER)
  return { counts: grown, passedOver: kept }
}
