import type { Provenance } from '@heed/core'
import type pg from 'pg'
import { shareGate } from '../gate/gate.ts'
import type { WrappedKey } from '../keys/key-store.ts'
import { claimsIn } from './claims.store.ts'
import { type NewIdentifier, subjectsIn } from './subjects.store.ts'

type Claim = {
  /** What nobody owned when it was read. */
  readonly identifiers: readonly NewIdentifier[]
  readonly provenance: Provenance
  /** Digests of every version of all that the item names: if anything stands against one of them, nothing is claimed. */
  readonly asked: readonly Buffer[]
}

/** Somebody seen for the first time, with the identifiers they came with. */
export type NewPerson = Claim & { readonly subjectId: string; readonly key: WrappedKey }

/** Identifiers that become a known person's. */
export type NewJoin = Claim & {
  readonly root: string
  readonly hasUserId: boolean
  /** Who owned the item's other identifiers; they lead to `root`. */
  readonly known: readonly { readonly digest: Buffer; readonly fragment: string }[]
}

export type Claims = { readonly people: readonly NewPerson[]; readonly joins: readonly NewJoin[] }

/**
 * Claim, then seal (ADR 0003): the identifiers go in first, and only who won one of them becomes a person with a key.
 * Two batches that meet the same new person therefore never mint two keys that both seal. Its own short transaction, so
 * that the second read, in the statement after the commit, sees every winner.
 *
 * Joins are read once more with their roots locked; one that is no longer true, or whose person has ever said no, is left
 * for the slow lane.
 */
export async function claimPeople(
  client: pg.ClientBase,
  workspaceId: string,
  { people, joins }: Claims,
): Promise<void> {
  await shareGate(client, workspaceId)
  const subjects = subjectsIn(client, workspaceId)
  const claims = claimsIn(client, workspaceId)
  if (joins.length > 0) await subjects.lockRoots(joins.map(({ root }) => root).toSorted())
  const refused = await claims.withHistory([...people, ...joins].map(({ asked }) => asked))
  const freePeople = people.filter((_, at) => !refused.has(at))
  const unrefused = joins.filter((_, at) => !refused.has(people.length + at))
  const standing = unrefused.length === 0 ? new Set<number>() : await claims.standing(unrefused)
  const freeJoins = unrefused.filter((_, at) => standing.has(at))
  const won = await claimIdentifiers(client, workspaceId, [...freePeople, ...freeJoins])
  await createWinners(client, workspaceId, { people: freePeople, won })
  const named = freeJoins.filter(({ identifiers }) =>
    identifiers.some((one) => one.kind === 'userId' && isWon(one, won)),
  )
  if (named.length > 0) await subjects.markUserIds(named.map(({ root }) => root))
}

type Won = ReadonlySet<string>

async function claimIdentifiers(
  client: pg.ClientBase,
  workspaceId: string,
  claims: readonly Claim[],
): Promise<Won> {
  const won = new Set<string>()
  for (const [provenance, group] of Map.groupBy(claims, (claim) => claim.provenance)) {
    const identifiers = group.flatMap((claim) => claim.identifiers)
    for (const digest of await subjectsIn(client, workspaceId).claim(identifiers, provenance, null))
      won.add(digest)
  }
  return won
}

async function createWinners(
  client: pg.ClientBase,
  workspaceId: string,
  { people, won }: { people: readonly NewPerson[]; won: Won },
): Promise<void> {
  const winners = people.filter(({ identifiers }) => identifiers.some((one) => isWon(one, won)))
  if (winners.length === 0) return
  await subjectsIn(client, workspaceId).create(
    winners.map(({ subjectId, key, identifiers }) => ({
      subjectId,
      key,
      // Of what it won only: a visitor who lost the race for the user id could never be joined with the one who won it.
      hasUserId: identifiers.some((one) => one.kind === 'userId' && isWon(one, won)),
    })),
  )
}

function isWon({ digest }: NewIdentifier, won: Won): boolean {
  return won.has(digest.toString('hex'))
}
