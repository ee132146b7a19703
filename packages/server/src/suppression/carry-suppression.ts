import type { Role } from '@heed/core'
import type { ItemContext, PlacedItem } from '../collection/item-context.ts'
import type { Reading } from '../collection/prepared-item.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { coveringCauses } from '../identity/settle-identifiers.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { suppressionsIn, type VersionedDigest } from './suppressions.store.ts'

/** Does what a dropped item tells reach anybody whom the "no" has not reached yet? Decides on what was read just now. */
export function reachesSomebodyNew(placed: PlacedItem, { arrival }: ItemContext): boolean {
  const { placement, identifiers, knowledge } = placed
  if (placement.kind !== 'drop' || placement.to.length === 0) return false
  const at = (positions: readonly number[]) => positions.flatMap((position) => identifiers[position] ?? [])
  const causes = coveringCauses(at(placement.from), knowledge, arrival)
  return at(placement.to).some((identifier) => {
    const known = coveringCauses([identifier], knowledge, arrival)
    return [...causes].some((cause) => !known.has(cause))
  })
}

/**
 * The "no" of a dropped item's person goes over to the identifiers it brought, with everybody they belong to, since the
 * moment it began; what those stored since then is swept. The item itself links nothing.
 */
export async function carryFromDrop(
  tx: LaneTransaction,
  placed: PlacedItem,
  context: ItemContext,
): Promise<void> {
  const { placement, identifiers, knowledge } = placed
  if (placement.kind !== 'drop' || placement.to.length === 0) return
  const at = (positions: readonly number[]) => positions.flatMap((position) => identifiers[position] ?? [])
  const causes = [...coveringCauses(at(placement.from), knowledge, context.arrival)]
  const from = at(placement.from).flatMap(({ reading }) => reading.digests)
  const roots = at(placement.to).flatMap(({ owner }) => owner?.root ?? [])
  const named = at(placement.to).flatMap(({ reading }) => versioned(reading, context))
  const closure = await subjectsIn(tx.client, tx.workspaceId).closure(roots)
  await carry(tx, { from, to: [...named, ...closure], swept: sweptRoots(placed, context), causes })
}

/**
 * Whose stored events go. A public key must not delete what a known person stored by saying that a long refused address is
 * theirs: through it the "no" reaches them from now on, and only visitors without a user id are swept. A user id speaks for
 * its person, and takes along what the dialect says is theirs.
 */
function sweptRoots({ placement, identifiers }: PlacedItem, { source }: ItemContext): string[] {
  if (placement.kind !== 'drop') return []
  const speaksByAddress = placement.from.every((at) => isAddress(identifiers[at]?.role))
  const mayDelete = source.trust === 'server' || !speaksByAddress
  return placement.to.flatMap((position) => {
    const owner = identifiers[position]?.owner
    return owner && (mayDelete || !owner.hasUserId) ? [owner.root] : []
  })
}

function isAddress(role: Role | undefined): boolean {
  return role === 'email' || role === 'phone'
}

/** Who is about to become one person, and whose "no" is whose before they do. */
export type BeforeLink = { readonly speakers: readonly Buffer[] }

/**
 * Before a link: the "no"s of its sides. Asked before, because afterwards a visitor's devices would be taken for those of
 * somebody with a user id. `joining` are the digests, of every version, of identifiers that nobody owned yet.
 */
export async function beforeLink(
  tx: LaneTransaction,
  roots: readonly string[],
  joining: readonly Buffer[],
): Promise<BeforeLink> {
  return { speakers: [...(await suppressionsIn(tx.client, tx.workspaceId).speakers(roots)), ...joining] }
}

/** After a link: whatever stood against one side stands against all of the person it now is. */
export async function carryThroughPerson(
  tx: LaneTransaction,
  root: string,
  { speakers }: BeforeLink,
): Promise<void> {
  const closure = await subjectsIn(tx.client, tx.workspaceId).closure([root])
  await carry(tx, { from: speakers, to: closure, swept: [root], causes: null })
}

type Carry = {
  readonly from: readonly Buffer[]
  readonly to: readonly VersionedDigest[]
  /** Whose stored events since then are swept. */
  readonly swept: readonly string[]
  readonly causes: readonly string[] | null
}

async function carry(tx: LaneTransaction, { from, to, swept, causes }: Carry): Promise<void> {
  const suppressions = suppressionsIn(tx.client, tx.workspaceId)
  const rows = await suppressions.spread(from, to, causes)
  if (rows.length === 0) return
  tx.keepNo(rows)
  const fragments = await subjectsIn(tx.client, tx.workspaceId).fragments(swept)
  if (fragments.length > 0) await suppressions.sweep(fragments, rows)
}

function versioned(reading: Reading, { ring }: ItemContext): VersionedDigest[] {
  return reading.digests.map((digest, at) => ({
    digest,
    version: ring.versions[at]?.version ?? ring.current.version,
  }))
}
