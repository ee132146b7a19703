import { mergeTraits, type Profile } from '@heed/core'
import type pg from 'pg'
import type { SubjectKey } from '../keys/key-store.ts'
import { openProfile, sealProfile } from './sealed-profile.ts'

/** Traits that one stored item says of its person. `at`: client time, ms since 1970. */
export type SaidTraits = {
  readonly key: SubjectKey
  readonly traits: Readonly<Record<string, unknown>>
  readonly at: number
}

/**
 * Merges what was just stored into the sealed profiles, in the transaction that stored it. A profile belongs to a
 * fragment, like the rows; reads put the fragments together. Rows are locked in subject order, after the message ids.
 */
export async function mergeProfiles(
  client: pg.ClientBase,
  workspaceId: string,
  said: readonly SaidTraits[],
): Promise<void> {
  if (said.length === 0) return
  const bySubject = Map.groupBy(said, ({ key }) => key.subjectId)
  const subjectIds = [...bySubject.keys()].sort()
  const stored = await lockProfiles(client, workspaceId, { subjectIds, said: bySubject })
  const sealed = subjectIds.map((subjectId) => {
    const group = bySubject.get(subjectId) ?? []
    const key = group[0]?.key
    return key === undefined
      ? null
      : mergedAndSealed(workspaceId, { key, group, before: stored.get(subjectId) ?? null })
  })
  await client.query(
    `update profile p set sealed = u.sealed, updated_at = clock_timestamp()
     from unnest($2::uuid[], $3::bytea[]) as u(subject_id, sealed)
     where p.workspace_id = $1 and p.subject_id = u.subject_id`,
    [workspaceId, subjectIds, sealed],
  )
}

async function lockProfiles(
  client: pg.ClientBase,
  workspaceId: string,
  { subjectIds, said }: { subjectIds: readonly string[]; said: ReadonlyMap<string, readonly SaidTraits[]> },
): Promise<Map<string, Buffer | null>> {
  const keyIds = subjectIds.map((subjectId) => said.get(subjectId)?.[0]?.key.keyId ?? null)
  await client.query(
    `insert into profile (workspace_id, subject_id, key_id, updated_at)
     select $1, subject_id, key_id, clock_timestamp() from unnest($2::uuid[], $3::uuid[]) as u(subject_id, key_id)
     on conflict do nothing`,
    [workspaceId, subjectIds, keyIds],
  )
  const result = await client.query<{ subject_id: string; sealed: Buffer | null }>(
    'select subject_id, sealed from profile where workspace_id = $1 and subject_id = any($2::uuid[]) order by subject_id for update',
    [workspaceId, subjectIds],
  )
  return new Map(result.rows.map((row) => [row.subject_id, row.sealed]))
}

type Merge = {
  readonly key: SubjectKey
  readonly group: readonly SaidTraits[]
  readonly before: Buffer | null
}

function mergedAndSealed(workspaceId: string, { key, group, before }: Merge): Buffer {
  let profile: Profile = before === null ? new Map() : openProfile(workspaceId, key, before)
  for (const { traits, at } of group) profile = mergeTraits(profile, traits, at)
  return sealProfile(workspaceId, key, profile)
}
