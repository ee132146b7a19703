import { publicId } from '@heed/core'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { DigestRing } from '../identity/digest-ring.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { takeBackTasks } from '../requests/take-back-tasks.ts'
import type { ListedTask } from '../requests/tasks.store.ts'
import { beforeLink, carryThroughPerson } from '../suppression/carry-suppression.ts'
import { addressBookIn } from './address-book.store.ts'
import { findAddressBook, readAddresses } from './address-book.ts'
import { type IdentifierAddress, identifierAt, readAddress } from './address-of.ts'
import type { ErasureParts } from './erase-person.ts'
import { erasedPeopleIn } from './erased-people.store.ts'
import { escrowIn } from './escrow.store.ts'

export type Reversing = {
  readonly requestId: string
  /** Locked; all in their window, or not begun. */
  readonly tasks: readonly ListedTask[]
  /** Locked, of these tasks. */
  readonly keyIds: readonly string[]
  readonly ring: DigestRing
  readonly actor: string
  readonly keepsSuppressed: boolean
}

/** Puts back what erasing took away, exactly as it was; only what somebody has claimed meanwhile stays theirs, and both are one. */
export async function reverseErasure(
  tx: LaneTransaction,
  parts: Pick<ErasureParts, 'keyStore'>,
  reversing: Reversing,
): Promise<void> {
  const { requestId, tasks, actor, keepsSuppressed } = reversing
  const people = erasedPeopleIn(tx.client, tx.workspaceId)
  const moment = await people.moment()
  const fragments = tasks.filter(({ state }) => state === 'window').flatMap((task) => task.fragments)
  const addresses = await takeAddresses(tx, parts, { requestId, fragments })
  const taken = await ownedAnew(tx, reversing.ring, addresses)
  const free = addresses.filter((address) => !taken.has(address))
  await returnIdentifiers(tx, parts, { keyIds: reversing.keyIds, addresses: free })
  await people.mark(fragments, null)
  await takeBackTasks(tx, { requestId, tasks, actor, keepsSuppressed })
  await joinOwners(tx, { taken, actor })
  record(tx, { reversing, moment, addresses })
}

async function takeAddresses(
  tx: LaneTransaction,
  { keyStore }: Pick<ErasureParts, 'keyStore'>,
  { requestId, fragments }: { requestId: string; fragments: readonly string[] },
): Promise<readonly IdentifierAddress[]> {
  const book = await findAddressBook(tx.client, keyStore, { workspaceId: tx.workspaceId, requestId })
  if (book === null) return []
  const found = (await readAddresses(tx.client, book, 'identifier'))
    .map(({ addressId, content }) => ({ addressId, address: readAddress(content) }))
    .filter(({ address }) => fragments.includes(address.subjectId))
  const ids = found.map(({ addressId }) => addressId)
  await addressBookIn(tx.client, tx.workspaceId).remove(requestId, ids)
  return found.map(({ address }) => address)
}

/** Identifiers that somebody has claimed since the erase, under whichever version of its digest, and the root that owns each. */
async function ownedAnew(
  tx: LaneTransaction,
  ring: DigestRing,
  addresses: readonly IdentifierAddress[],
): Promise<ReadonlyMap<IdentifierAddress, string>> {
  const digestsOf = ({ digest, kind, value }: IdentifierAddress) => [
    Buffer.from(digest, 'hex'),
    ...(value === null ? [] : ring.allDigests({ kind, value })),
  ]
  const owners = await erasedPeopleIn(tx.client, tx.workspaceId).ownersOf(addresses.flatMap(digestsOf))
  const taken = new Map<IdentifierAddress, string>()
  for (const address of addresses) {
    const owner = digestsOf(address).flatMap((digest) => owners.get(digest.toString('hex')) ?? [])[0]
    if (owner !== undefined) taken.set(address, owner)
  }
  return taken
}

async function returnIdentifiers(
  tx: LaneTransaction,
  { keyStore }: Pick<ErasureParts, 'keyStore'>,
  { keyIds, addresses }: { keyIds: readonly string[]; addresses: readonly IdentifierAddress[] },
): Promise<void> {
  const wrapped = await escrowIn(tx.client, tx.workspaceId).bringBack(keyIds)
  const keys = await Promise.all(wrapped.map((row) => keyStore.unwrap(tx.workspaceId, row)))
  const byId = new Map(keys.map((key) => [key.keyId, key]))
  const rows = addresses.map((address) => identifierAt(tx.workspaceId, address, byId))
  await erasedPeopleIn(tx.client, tx.workspaceId).returnIdentifiers(rows)
}

/**
 * Whoever uses an identifier now says by it who they are: a row for each makes them all one person, and undoing it parts them
 * again. Their "no"s are gathered before the first is joined; afterwards one of a visitor would be taken for a device's.
 */
async function joinOwners(
  tx: LaneTransaction,
  { taken, actor }: { taken: ReadonlyMap<IdentifierAddress, string>; actor: string },
): Promise<void> {
  const subjects = subjectsIn(tx.client, tx.workspaceId)
  const owners = new Map<string, Set<string>>()
  for (const [{ subjectId }, owner] of taken) {
    const [root] = await subjects.rootsOf([subjectId])
    if (root !== undefined && root !== owner) owners.set(root, (owners.get(root) ?? new Set()).add(owner))
  }
  for (const [root, others] of owners) {
    const before = await beforeLink(tx, [root, ...others], [])
    for (const absorbed of others) {
      // Another of the people of this request may have been joined with them just now.
      const [top] = await subjects.rootsOf([absorbed])
      const [own] = await subjects.rootsOf([root])
      if (top !== undefined && own !== undefined && top !== own)
        await absorb(tx, { root: own, absorbed: top, actor })
    }
    const [own] = await subjects.rootsOf([root])
    await carryThroughPerson(tx, own ?? root, before)
  }
}

async function absorb(
  tx: LaneTransaction,
  { root, absorbed, actor }: { root: string; absorbed: string; actor: string },
): Promise<void> {
  const linkId = tx.newId()
  await subjectsIn(tx.client, tx.workspaceId).absorb({ absorbed, root, linkId, provenance: 'server' })
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'identity-linked',
      occurredAt: tx.now(),
      actor,
      subjectId: root,
      body: { linkId: publicId('lnk', linkId), provenance: 'server' },
    },
  ])
}

type Recorded = {
  readonly reversing: Reversing
  readonly moment: { readonly seq: number; readonly at: Date }
  readonly addresses: readonly IdentifierAddress[]
}

/** The journal hears it after the commit: forgetting a reverse leaves somebody erased, which is the mistake they asked for. */
function record(tx: LaneTransaction, { reversing, moment, addresses }: Recorded): void {
  const { requestId, tasks, keyIds, actor, keepsSuppressed } = reversing
  tx.keepLift({
    kind: 'reversed',
    workspaceId: tx.workspaceId,
    seq: moment.seq,
    at: moment.at.toISOString(),
    digests: addresses.map(({ digest }) => digest),
    scope: null,
    cause: null,
    requestId,
    keyIds: [...keyIds],
    destroyAfter: null,
  })
  for (const { taskId, subjectId, state } of tasks)
    if (state === 'window')
      tx.tell([
        {
          workspaceId: tx.workspaceId,
          outboxId: tx.newId(),
          kind: 'erase-reversed',
          occurredAt: moment.at,
          actor,
          subjectId,
          body: {
            requestId: publicId('req', requestId),
            taskId: publicId('tsk', taskId),
            keepsSuppressed,
          },
        },
      ])
}
