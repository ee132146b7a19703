import { mergeTraits, type Profile } from '@heed/core'
import type { SubjectPage } from '@heed/protocol'
import { z } from 'zod'
import type { KeyStore, SubjectKey } from '../keys/key-store.ts'
import { unseal } from '../keys/seal.ts'
import type { IdentifierRow, ProfileRow } from './subject-views.store.ts'

type Sealed = { readonly identifiers: readonly IdentifierRow[]; readonly profiles: readonly ProfileRow[] }

/** Opens who somebody is. The keys come after the rows, so what was erased in between does not open. */
export async function revealPerson(
  keys: Pick<KeyStore, 'open'>,
  workspaceId: string,
  { identifiers, profiles }: Sealed,
): Promise<Pick<SubjectPage, 'identifiers' | 'traits'>> {
  const keyIds = [...identifiers, ...profiles].flatMap(({ key_id }) => (key_id === null ? [] : [key_id]))
  const opened = await keys.open(workspaceId, [...new Set(keyIds)])
  return {
    identifiers: identifiers.map((row) => ({
      kind: row.kind,
      value: identifierValue(workspaceId, row, opened),
      provenance: row.provenance,
      since: row.created_at.toISOString(),
    })),
    traits: merged(profiles.flatMap((row) => traitsOf(workspaceId, row, opened))),
  }
}

/** An identifier as it was normalised, or null when it is not there or its key is gone. */
export function identifierValue(
  workspaceId: string,
  row: IdentifierRow,
  opened: ReadonlyMap<string, SubjectKey>,
): string | null {
  const key = row.key_id === null ? undefined : opened.get(row.key_id)
  if (key === undefined || row.sealed === null) return null
  const place = { workspaceId, keyId: key.keyId, table: 'identifier', rowId: row.digest.toString('hex') }
  return unseal(key.key, place, row.sealed).toString()
}

/** A trait without a value was taken away. */
const profileContent = z.object({
  traits: z.record(z.string(), z.object({ value: z.unknown().optional(), at: z.number() })),
})

type FragmentTraits = z.infer<typeof profileContent>['traits']

function traitsOf(
  workspaceId: string,
  row: ProfileRow,
  opened: ReadonlyMap<string, SubjectKey>,
): FragmentTraits[] {
  const key = opened.get(row.key_id)
  if (key === undefined) return []
  const place = { workspaceId, keyId: key.keyId, table: 'profile', rowId: row.subject_id }
  return [profileContent.parse(JSON.parse(unseal(key.key, place, row.sealed).toString())).traits]
}

/** By the rule that merges traits within one part of a person: newest client time, key by key. */
function merged(fragments: readonly FragmentTraits[]): SubjectPage['traits'] {
  let profile: Profile = new Map()
  for (const [key, { value, at }] of fragments.flatMap((traits) => Object.entries(traits))) {
    profile = mergeTraits(profile, { [key]: value }, at)
  }
  const known = [...profile].filter(([, { value }]) => value !== undefined)
  return Object.fromEntries(known.map(([key, { value }]) => [key, value]))
}
