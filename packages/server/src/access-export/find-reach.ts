import { type FragmentReach, reachOfRequest } from '@heed/core'
import { identifierValue } from '../asking/reveal-person.ts'
import type { ExportParts } from './export-parts.ts'
import { PersonIsGone } from './person-is-gone.ts'
import { type OwnedRow, reachIn } from './reach.store.ts'

export type ReachedIdentifier = { readonly row: OwnedRow; readonly value: string }

/** Whose data an export holds, and how much of it. */
export type ReachedPerson = {
  readonly workspaceId: string
  readonly requestId: string
  /** Every part something is handed out of. */
  readonly fragments: ReadonlyMap<string, FragmentReach>
  /** Parts all of whose rows are theirs. */
  readonly ownFragments: readonly string[]
  readonly identifiers: readonly ReachedIdentifier[]
  readonly keyIds: readonly string[]
  /** What the export itself is sealed under. */
  readonly sealedUnder: { readonly keyId: string; readonly subjectId: string }
  readonly leftOut: { readonly parts: number; readonly kinds: ReadonlyMap<string, number> }
}

/** @throws PersonIsGone also when what was named leads to nobody any more */
export async function findReach(
  { pool, keys }: Pick<ExportParts, 'pool' | 'keys'>,
  { workspaceId, requestId, subjectId }: { workspaceId: string; requestId: string; subjectId: string },
): Promise<ReachedPerson> {
  const store = reachIn(pool, workspaceId)
  const everyFragment = await store.fragmentsOf(subjectId)
  const rows = await store.identifiers(everyFragment, requestId)
  const merges = await store.merges(everyFragment)
  const reach = reachOfRequest({ identifiers: rows.map(asHeld), merges })
  const fragments = [...reach.fragments.keys()]
  const keyRows = await store.keys(fragments)
  const sealedUnder = keyRows.find((key) =>
    rows.some((row) => row.is_named && row.subject_id === key.subjectId),
  )
  if (
    sealedUnder === undefined ||
    fragments.some((fragment) => !keyRows.some((key) => key.subjectId === fragment))
  )
    throw new PersonIsGone()

  const keyIds = keyRows.map(({ keyId }) => keyId)
  const opened = await keys.open(workspaceId, keyIds)
  const handedOut = rows.filter((row) => reach.identifiers.has(asHeld(row).digest))
  const identifiers = handedOut.map((row) => {
    const value = identifierValue(workspaceId, row, opened)
    if (value === null) throw new PersonIsGone()
    return { row, value }
  })
  const others = rows.filter((row) => !reach.identifiers.has(asHeld(row).digest))
  return {
    workspaceId,
    requestId,
    fragments: reach.fragments,
    ownFragments: fragments.filter((fragment) => reach.fragments.get(fragment) !== 'named'),
    identifiers,
    keyIds,
    sealedUnder,
    leftOut: {
      parts: everyFragment.filter((fragment) => !reach.fragments.has(fragment)).length,
      kinds: countKinds(others),
    },
  }
}

function asHeld({ digest, subject_id, provenance, is_named }: OwnedRow) {
  return { digest: digest.toString('hex'), fragment: subject_id, provenance, isNamed: is_named }
}

function countKinds(rows: readonly OwnedRow[]): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>()
  for (const { kind } of rows) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return kinds
}
