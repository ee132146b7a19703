import type { LaneTransaction } from '../../gate/exclusive-lane.ts'
import { openCause } from '../../suppression/suppress-closure.ts'
import type { VersionedDigest } from '../../suppression/suppressions.store.ts'
import { type NamedPeople, namePeople } from '../name-people.ts'
import type { Opening } from '../opening.ts'

/** Everybody named gets a cause of their own, so that lifting one person's never lifts another's. */
export async function suppress(
  tx: LaneTransaction,
  { call, requestId, named, scopes }: Opening,
): Promise<'settled'> {
  const reached = reachedBy(await namePeople(tx.client, tx.workspaceId, named))
  for (const scope of scopes.length > 0 ? scopes : [tx.workspaceId])
    for (const { root, closure } of reached)
      await openCause(tx, closure, {
        cause: tx.newId(),
        kind: 'suppress-request',
        scope,
        subjectId: root,
        sourceId: null,
        requestId,
        actor: call.actor,
      })
  return 'settled'
}

export type Reached = { readonly root: string | null; readonly closure: readonly VersionedDigest[] }

/** What nobody owns is the one person's who is named beside it; beside several, or nobody, it stands for itself. */
export function reachedBy({ people, unowned }: NamedPeople): readonly Reached[] {
  const [person] = people
  if (person !== undefined && people.length === 1)
    return [{ root: person.root, closure: [...person.closure, ...unowned] }]
  return unowned.length > 0 ? [...people, { root: null, closure: unowned }] : people
}
