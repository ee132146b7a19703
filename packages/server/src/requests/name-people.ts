import { type AskedIdentifier, Problem } from '@heed/protocol'
import type pg from 'pg'
import type { DigestRing } from '../identity/digest-ring.ts'
import { loadKnowledge } from '../identity/knowledge.store.ts'
import { normaliseIdentifier } from '../identity/normalise-identifier.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'

export type NamedDigest = VersionedDigest & {
  readonly kind: string
  /** The place of its identifier in the call: its versions are one identifier. */
  readonly at: number
}

/** The identifiers of a call as digests, every version; a refused one refuses the call, before anything is changed. */
export function digestNamed(ring: DigestRing, identifiers: readonly AskedIdentifier[]): NamedDigest[] {
  return identifiers.flatMap(({ kind, value }, at) => {
    const identifier = normaliseIdentifier(kind, value)
    if ('refused' in identifier)
      throw new Problem('invalid-identifier', `Identifier ${at + 1} was refused: ${identifier.refused}.`)
    return ring.versions.map(({ version }, index) => ({
      digest: ring.allDigests(identifier)[index] ?? ring.digest(identifier),
      version,
      kind: identifier.kind,
      at,
    }))
  })
}

/** Somebody the named identifiers lead to, and everything they are known by. */
export type NamedPerson = { readonly root: string; readonly closure: readonly VersionedDigest[] }

export type NamedPeople = {
  readonly people: readonly NamedPerson[]
  /** Named, and nobody's yet. */
  readonly unowned: readonly VersionedDigest[]
}

/** Whom the named identifiers lead to, each person apart. Read with the gate held. */
export async function namePeople(
  client: pg.ClientBase,
  workspaceId: string,
  named: readonly NamedDigest[],
): Promise<NamedPeople> {
  const digests = named.map(({ digest }) => digest)
  const knowledge = await loadKnowledge(client, workspaceId, digests)
  const owners = new Map<number, string>()
  for (const { digest, at } of named) {
    const owner = knowledge.get(digest.toString('hex'))?.owner
    if (owner) owners.set(at, owner.root)
  }
  const people: NamedPerson[] = []
  for (const root of [...new Set(owners.values())].sort()) {
    const own = named.filter(({ at }) => owners.get(at) === root)
    people.push({ root, closure: [...own, ...(await subjectsIn(client, workspaceId).closure([root]))] })
  }
  return { people, unowned: named.filter(({ at }) => !owners.has(at)) }
}
