import { reachesOtherUserId } from '@heed/core'
import type pg from 'pg'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'
import { type NamedDigest, type NamedPeople, type NamedPerson, namePeople } from './name-people.ts'
import { reachesIn } from './reaches.store.ts'

/** Somebody the named identifiers lead to. */
export type ReachedPerson = NamedPerson & {
  /** The named digests among theirs: what is suppressed at once when somebody has to look first. */
  readonly named: readonly VersionedDigest[]
  /** Not an owner of what was named: they have named it, too. */
  readonly isMention: boolean
}

/** Why an erase waits for somebody's word instead of guessing. */
export type Doubt = 'several-people' | 'contradicted' | 'mention-only' | 'client-link'

export type Reached = {
  readonly people: readonly ReachedPerson[]
  readonly unowned: readonly VersionedDigest[]
  /** Reached by an address, while another identifier of the request says that somebody else is meant; shown, never touched. */
  readonly contradicted: readonly ReachedPerson[]
  readonly doubt: Doubt | null
}

/**
 * Whom an erase of these identifiers reaches, and whether that may be done without asking. Automatic doors neither guess
 * nor erase everybody: several people, somebody who has only mentioned an address, and a user id that nothing but a public
 * key has tied to the person named all wait for approval. Read with the gate held.
 */
export async function reachPeople(
  client: pg.ClientBase,
  workspaceId: string,
  named: readonly NamedDigest[],
): Promise<Reached> {
  const owners = await namePeople(client, workspaceId, named)
  const mentioning = await mentioningPeople(client, workspaceId, { named, owners })
  const all = [...owners.people.map((person) => owned(person, named)), ...mentioning]
  const contradicted = await contradictedOf(client, workspaceId, { all, named })
  const meant = all.filter((one) => !contradicted.includes(one))
  const { unowned } = owners
  if (meant.length === 0 && all.length > 0)
    return { people: all, unowned, contradicted: [], doubt: 'contradicted' }
  return {
    people: meant,
    unowned,
    contradicted,
    doubt: await doubtAbout(client, workspaceId, { people: meant, named }),
  }
}

function owned(person: NamedPerson, named: readonly NamedDigest[]): ReachedPerson {
  const closure = new Set(person.closure.map(({ digest }) => digest.toString('hex')))
  const own = named.filter(({ digest }) => closure.has(digest.toString('hex')))
  return { ...person, named: own, isMention: false }
}

async function mentioningPeople(
  client: pg.ClientBase,
  workspaceId: string,
  { named, owners }: { named: readonly NamedDigest[]; owners: NamedPeople },
): Promise<ReachedPerson[]> {
  const roots = owners.people.map(({ root }) => root)
  const digests = named.map(({ digest }) => digest)
  const mentioning = await reachesIn(client, workspaceId).mentioning(digests, roots)
  return mentioning.map(({ root, closure }) => ({ root, closure, named: [], isMention: true }))
}

/** A user id says who is meant: others who have a user id and are reached by something else are not. */
async function contradictedOf(
  client: pg.ClientBase,
  workspaceId: string,
  { all, named }: { all: readonly ReachedPerson[]; named: readonly NamedDigest[] },
): Promise<ReachedPerson[]> {
  const userIds = new Set(
    named.filter(({ kind }) => kind === 'userId').map(({ digest }) => digest.toString('hex')),
  )
  if (userIds.size === 0) return []
  const known = await reachesIn(client, workspaceId).withUserId(all.map(({ root }) => root))
  const isNamed = (person: ReachedPerson) =>
    person.named.some(({ digest }) => userIds.has(digest.toString('hex')))
  return all.filter((person) => known.has(person.root) && !isNamed(person))
}

async function doubtAbout(
  client: pg.ClientBase,
  workspaceId: string,
  { people, named }: { people: readonly ReachedPerson[]; named: readonly NamedDigest[] },
): Promise<Doubt | null> {
  const [person] = people
  if (person === undefined) return null
  if (people.length > 1) return 'several-people'
  if (person.isMention) return 'mention-only'
  const ties = await reachesIn(client, workspaceId).ties(person.root)
  const asked = new Set(named.map(({ digest }) => digest.toString('hex')))
  return reachesOtherUserId(ties, asked) ? 'client-link' : null
}
