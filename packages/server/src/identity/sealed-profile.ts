import type { Profile } from '@heed/core'
import type { SealPlace, SubjectKey } from '../keys/key-store.ts'
import { seal, unseal } from '../keys/seal.ts'

/** The profile of one fragment, as its row holds it. A trait that was taken away has a time and no value. */
export function sealProfile(workspaceId: string, key: SubjectKey, profile: Profile): Buffer {
  const content = JSON.stringify({ traits: Object.fromEntries(profile) })
  return seal(key.key, placeOf(workspaceId, key), content)
}

export function openProfile(workspaceId: string, key: SubjectKey, sealed: Buffer): Profile {
  const content = JSON.parse(unseal(key.key, placeOf(workspaceId, key), sealed).toString('utf8')) as {
    traits: Record<string, { value?: unknown; at: number }>
  }
  return new Map(Object.entries(content.traits).map(([key, { value, at }]) => [key, { value, at }]))
}

function placeOf(workspaceId: string, { keyId, subjectId }: SubjectKey): SealPlace {
  return { workspaceId, keyId, table: 'profile', rowId: subjectId }
}
