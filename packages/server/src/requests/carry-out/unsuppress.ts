import { publicId } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { LaneTransaction } from '../../gate/exclusive-lane.ts'
import { liftCauses } from '../../suppression/lift-causes.ts'
import { type OpenCause, suppressionsIn } from '../../suppression/suppressions.store.ts'
import { type NamedDigest, namePeople } from '../name-people.ts'
import type { Opening } from '../opening.ts'

/**
 * Closes the causes that stand against these people: their own, with everything that spread from them. The "no" of another
 * person that reaches a shared identifier stays.
 */
export async function unsuppress(tx: LaneTransaction, opening: Opening): Promise<'settled'> {
  const { people, unowned } = await namePeople(tx.client, tx.workspaceId, opening.named)
  const closure = [...people.flatMap((person) => person.closure), ...unowned]
  const open = await suppressionsIn(tx.client, tx.workspaceId).openCauses(closure.map(({ digest }) => digest))
  const roots = new Set(people.map(({ root }) => root))
  const lost = await lostCauses(tx, opening.named)
  const all = open.filter(({ root, cause }) => root === null || roots.has(root) || lost.has(cause))
  const own = all.filter((cause) => !isRestriction(cause) || lost.has(cause.cause))
  if (opening.scopes.length > 0 && own.some(({ scope }) => scope === tx.workspaceId))
    throw new Problem(
      'conflict',
      'They are suppressed in the whole workspace; lift that, without scope.sources.',
    )
  const restriction = all.find(isRestriction)
  if (own.length === 0 && restriction !== undefined) throw new Problem('conflict', restricted(restriction))
  if (own.length === 0 && open.length > 0)
    throw new Problem('conflict', foreignNo(open.map(({ cause }) => cause)))
  const isMeant = (scope: string) => opening.scopes.length === 0 || opening.scopes.includes(scope)
  const causes = own.filter(({ scope }) => isMeant(scope)).map(({ cause }) => cause)
  await liftCauses(tx, { causes, actor: opening.call.actor, requestId: opening.requestId })
  return 'settled'
}

/**
 * A restored database may not know whose "no" this was, and an erased person owns nothing that could show it; then whoever
 * is named has said it, and nobody they share with.
 */
async function lostCauses(tx: LaneTransaction, named: readonly NamedDigest[]): Promise<ReadonlySet<string>> {
  const open = await suppressionsIn(tx.client, tx.workspaceId).openCauses(named.map(({ digest }) => digest))
  return new Set(open.filter(({ isLost }) => isLost).map(({ cause }) => cause))
}

/** Who asked that their data is kept and not used has said more than "do not collect"; that ends as a whole. */
function isRestriction({ kind }: OpenCause): boolean {
  return kind === 'restrict-request'
}

function restricted({ requestId }: OpenCause): string {
  const how =
    requestId === null ? 'cancel that' : `POST /api/v1/requests/${publicId('req', requestId)}/cancel`
  return `What stands against them is a request to restrict; to lift it: ${how}.`
}

/** Answering `settled` would say that they are collected again. */
function foreignNo(causes: readonly string[]): string {
  const ids = causes.slice(0, 10).map((cause) => publicId('cau', cause))
  return `What stands against this identifier is the "no" of somebody else who used it (${ids.join(', ')}); lift that person's.`
}
