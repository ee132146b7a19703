import type { EntryOf } from '../journal/journal-entry.ts'
import type { CauseRow, SuppressionRow } from '../suppression/suppressions.store.ts'

/** What the no-journal must remember of rows just written: one entry for each cause and interval, with its digests. */
export function suppressedEntries(
  workspaceId: string,
  rows: readonly SuppressionRow[],
  causes: readonly CauseRow[],
): EntryOf<'suppressed'>[] {
  const groups = Map.groupBy(rows, (row) =>
    [row.cause, row.scope, row.fromSeq, row.untilSeq, row.clientBefore].join(' '),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const cause = causes.find((one) => one.cause === first?.cause)
    return first === undefined || cause === undefined ? [] : [entryOf(workspaceId, { first, group, cause })]
  })
}

type Group = {
  readonly first: SuppressionRow
  readonly group: readonly SuppressionRow[]
  readonly cause: CauseRow
}

function entryOf(workspaceId: string, { first, group, cause }: Group): EntryOf<'suppressed'> {
  return {
    kind: 'suppressed',
    workspaceId,
    seq: Number(first.fromSeq),
    at: first.fromAt.toISOString(),
    cause: { ...cause, fromSeq: Number(cause.fromSeq), fromAt: cause.fromAt.toISOString() },
    digests: group.map(({ digest, version }) => ({ digest: digest.toString('hex'), version })),
    scope: first.scope,
    fromSeq: Number(first.fromSeq),
    fromAt: first.fromAt.toISOString(),
    untilSeq: first.untilSeq === null ? null : Number(first.untilSeq),
    untilAt: first.untilAt?.toISOString() ?? null,
    clientBefore: first.clientBefore?.toISOString() ?? null,
  }
}
