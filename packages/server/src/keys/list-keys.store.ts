import type { KeyQueries } from './keks.store.ts'

/** What wraps what, by ids and versions: nothing here is a key. */
export type KeyList = {
  /** One; two while the master key is being rotated. */
  readonly masterKeyIds: readonly string[]
  readonly workspaces: readonly WorkspaceKeyList[]
}

export type WorkspaceKeyList = {
  readonly workspaceId: string
  /** One; two while the workspace key is being rotated; none before the first person. */
  readonly keyVersions: readonly number[]
  readonly digestKeyVersions: readonly number[]
  readonly subjectKeys: number
}

export function keyListIn(db: KeyQueries) {
  return {
    async workspaces(): Promise<readonly WorkspaceKeyList[]> {
      const { rows } = await db.query<WorkspaceKeyList>(
        `select workspace_id as "workspaceId",
           array(select kek_version from kek k where k.workspace_id = w.workspace_id order by 1) as "keyVersions",
           array(select version from digest_key d where d.workspace_id = w.workspace_id order by 1) as "digestKeyVersions",
           (select count(*)::int from subject_key s where s.workspace_id = w.workspace_id) as "subjectKeys"
         from workspace w order by workspace_id`,
      )
      return rows
    },
  }
}
