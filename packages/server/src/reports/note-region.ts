import { mergeTraits, type Profile } from '@heed/core'
import { openProfile } from '../identity/sealed-profile.ts'
import type { SubjectKey } from '../keys/key-store.ts'
import type { Transaction } from '../store/transaction.ts'
import { regionOfProfile } from './region-of-profile.ts'

type Person = {
  readonly workspaceId: string
  readonly root: string
  readonly fragments: readonly string[]
  readonly keys: readonly SubjectKey[]
}

/** Writes down the region that somebody's traits name, while a key still opens them; a reverse takes it away again. */
export async function noteRegion(
  client: Transaction,
  { workspaceId, root, fragments, keys }: Person,
): Promise<void> {
  const { rows } = await client.query<{ key_id: string; sealed: Buffer }>(
    `select key_id, sealed from profile
     where workspace_id = $1 and subject_id = any($2::uuid[]) and sealed is not null order by subject_id`,
    [workspaceId, fragments],
  )
  const byId = new Map(keys.map((key) => [key.keyId, key]))
  let merged: Profile = new Map()
  for (const { key_id, sealed } of rows) {
    const key = byId.get(key_id)
    if (key === undefined) continue
    for (const [name, { value, at }] of openProfile(workspaceId, key, sealed))
      merged = mergeTraits(merged, { [name]: value }, at)
  }
  await client.query('update subject set region = $3 where workspace_id = $1 and subject_id = $2', [
    workspaceId,
    root,
    regionOfProfile(merged),
  ])
}
