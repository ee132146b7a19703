import { type AskedIdentifier, Problem } from '@heed/protocol'
import type pg from 'pg'
import type { DigestRing } from '../identity/digest-ring.ts'
import { loadKnowledge } from '../identity/knowledge.store.ts'
import { normaliseIdentifier } from '../identity/normalise-identifier.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'

export type NamedDigest = VersionedDigest & { readonly kind: string }

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
    }))
  })
}

/** Whom the named identifiers lead to, and everything those are known by. Read with the gate held. */
export type NamedPeople = { readonly roots: readonly string[]; readonly closure: readonly VersionedDigest[] }

export async function namePeople(
  client: pg.ClientBase,
  workspaceId: string,
  named: readonly NamedDigest[],
): Promise<NamedPeople> {
  const knowledge = await loadKnowledge(
    client,
    workspaceId,
    named.map(({ digest }) => digest),
  )
  const roots = [...new Set([...knowledge.values()].flatMap(({ owner }) => owner?.root ?? []))].sort()
  return { roots, closure: [...named, ...(await subjectsIn(client, workspaceId).closure(roots))] }
}
