import { type Owner, publicId } from '@heed/core'
import { type NewIdentityLink, Problem } from '@heed/protocol'
import { claimIdempotencyKey } from '../access/claim-idempotency-key.ts'
import type { ExclusiveLane, LaneTransaction } from '../gate/exclusive-lane.ts'
import type { KeyStore, WorkspaceKeys } from '../keys/key-store.ts'
import { beforeLink, carryThroughPerson } from '../suppression/carry-suppression.ts'
import { claimAlone } from './claim-alone.ts'
import type { DigestRing } from './digest-ring.ts'
import { type Knowledge, loadKnowledge } from './knowledge.store.ts'
import { normaliseIdentifier } from './normalise-identifier.ts'
import type { DigestRings } from './open-digest-ring.ts'
import { MOST_IDENTIFIERS, refuseCrowd, TooManyIdentifiers } from './refuse-crowd.ts'
import { subjectsIn } from './subjects.store.ts'

export type LinkParts = {
  readonly lane: ExclusiveLane
  readonly rings: DigestRings
  readonly keyStore: KeyStore
  readonly now: () => Date
  readonly newId: () => string
}

export type LinkCall = {
  readonly workspaceId: string
  readonly actor: string
  readonly idempotencyKey: string | null
  readonly link: NewIdentityLink
}

export type Linked = { readonly linkId: string | null; readonly root: string }

type Asked = { readonly kind: string; readonly value: string; readonly digests: readonly Buffer[] }

/**
 * Joins two identifiers into one person because the operator says so: the only way two user ids that were never seen
 * together become one. With the gate taken alone, since a "no" on either side spreads to both.
 */
export async function linkPeople(parts: LinkParts, call: LinkCall): Promise<Linked> {
  const { workspaceId } = call
  const ring = await parts.rings(workspaceId)
  const asked = call.link.identifiers.map((identifier, at) => askedOf(identifier, { ring, at }))
  const keys = await parts.keyStore.reload(workspaceId)
  return parts.lane.run(workspaceId, async (tx) => {
    const linkId = parts.newId()
    const claim = await claimIdempotencyKey(tx.client, {
      workspaceId,
      key: call.idempotencyKey,
      route: 'POST /api/v1/identity-links',
      body: call.link,
      resourceId: linkId,
      now: parts.now(),
    })
    const people = await peopleOf(tx, { asked, ring, keys })
    if (claim.kind === 'repeat') return repeated(tx, { linkId: claim.resourceId, people })
    return join(tx, { call, linkId, people })
  })
}

/** What the first call answered: its link, or none where the two were one person already. */
async function repeated(
  tx: LaneTransaction,
  { linkId, people }: { linkId: string; people: readonly Person[] },
): Promise<Linked> {
  const isThere = await subjectsIn(tx.client, tx.workspaceId).hasLink(linkId)
  return { linkId: isThere ? linkId : null, root: people[0]?.root ?? '' }
}

type Person = {
  readonly root: string
  readonly hasUserId: boolean
  /** Digests of every version of an identifier that nobody owned. */
  readonly joining: readonly Buffer[]
}

async function join(
  tx: LaneTransaction,
  { call, linkId, people }: { call: LinkCall; linkId: string; people: readonly Person[] },
): Promise<Linked> {
  const [one, other] = people
  if (one === undefined || other === undefined || one.root === other.root)
    return { linkId: null, root: one?.root ?? '' }
  const [root, absorbed] = other.hasUserId && !one.hasUserId ? [other.root, one.root] : [one.root, other.root]
  await refuseCrowd(tx.client, tx.workspaceId, {
    home: root,
    absorb: [absorbed],
    attach: [],
    move: [],
  }).catch(refuseLink)
  const joining = people.flatMap((person) => person.joining)
  const before = await beforeLink(tx, [root, absorbed], joining)
  await subjectsIn(tx.client, tx.workspaceId).absorb({ absorbed, root, linkId, provenance: 'server' })
  await carryThroughPerson(tx, root, before)
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'identity-linked',
      occurredAt: tx.now(),
      actor: call.actor,
      subjectId: root,
      body: { linkId: publicId('lnk', linkId), provenance: 'server' },
    },
  ])
  return { linkId, root }
}

function refuseLink(cause: unknown): never {
  if (!(cause instanceof TooManyIdentifiers)) throw cause
  throw new Problem('conflict', `One person may have ${MOST_IDENTIFIERS} identifiers; these two have more.`, {
    cause,
  })
}

/** Who owns each; an identifier nobody knows becomes a person of its own first, so that every link can be undone. */
async function peopleOf(
  tx: LaneTransaction,
  { asked, ring, keys }: { asked: readonly Asked[]; ring: DigestRing; keys: WorkspaceKeys },
): Promise<Person[]> {
  const digests = asked.flatMap((one) => [...one.digests])
  const knowledge = await loadKnowledge(tx.client, tx.workspaceId, digests)
  const people: Person[] = []
  for (const identifier of asked) {
    const owner = ownerOf(identifier, knowledge)
    if (owner !== null) people.push({ ...owner, joining: [] })
    else {
      const made = await claimAlone(tx, { identifier, version: ring.current.version, keys })
      people.push({ ...made, joining: identifier.digests })
    }
  }
  return people
}

function ownerOf({ digests }: Asked, knowledge: Knowledge): Owner | null {
  for (const digest of digests) {
    const owner = knowledge.get(digest.toString('hex'))?.owner
    if (owner) return owner
  }
  return null
}

function askedOf(
  { kind, value }: NewIdentityLink['identifiers'][number],
  { ring, at }: { ring: DigestRing; at: number },
): Asked {
  const identifier = normaliseIdentifier(kind, value)
  if ('refused' in identifier)
    throw new Problem('invalid-identifier', `Identifier ${at + 1} was refused: ${identifier.refused}.`)
  return { ...identifier, digests: ring.allDigests(identifier) }
}
