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
  const byId = new Map(causes.map((cause) => [cause.cause, cause]))
  return [...groups.values()].map((group) => {
    const [first] = group
    const cause = byId.get(first?.cause ?? '')
    if (first === undefined || cause === undefined)
      throw new TypeError('a suppression without its cause: the journal would forget a "no"')
    return entryOf(workspaceId, { first, group, cause })
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
