import type { KeyQueries } from './keks.store.ts'

/** The versions of a workspace key that are being rotated out. */
export function oldKeksIn(db: KeyQueries) {
  return {
    /** `for update` conflicts with the key share lock that the foreign keys take, and that whoever moves a key takes first, so
     *  it waits for every one of them under these versions and makes later ones wait, and then fail. */
    async lock(workspaceId: string, below: number): Promise<void> {
      await db.query(
        'select from kek where workspace_id = $1 and kek_version < $2 order by kek_version for update',
        [workspaceId, below],
      )
    },

    async delete(workspaceId: string, below: number): Promise<void> {
      await db.query('delete from kek where workspace_id = $1 and kek_version < $2', [workspaceId, below])
    },
  }
}
