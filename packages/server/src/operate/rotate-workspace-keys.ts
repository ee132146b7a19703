import { parsePublicId, publicId } from '@heed/core'
import { type KeyList, keyListIn } from '../keys/list-keys.store.ts'
import { masterKeyIds } from '../keys/master-keys.store.ts'
import { openMasterKey } from '../keys/open-master-key.ts'
import {
  type RotationProgress,
  rotateWorkspaceKey,
  type WorkspaceRotated,
} from '../keys/rotate-workspace-key.ts'
import { CannotStart } from '../store/cannot-start.ts'
import type { Database } from '../store/database.ts'
import { type Installation, withDatabase } from './with-database.ts'

export type WorkspaceKeyChange = {
  /** `wsp_…`; null: every workspace, one after the other. */
  readonly workspace: string | null
  readonly now: () => Date
  readonly random: (size: number) => Buffer
  readonly onProgress: (progress: RotationProgress & { readonly workspace: string }) => void
}

export type WorkspaceKeyChanged = WorkspaceRotated & { readonly workspace: string }

/** Gives workspaces new keys. After a kill it is called again. */
export async function changeWorkspaceKeys(
  installation: Installation,
  change: WorkspaceKeyChange,
): Promise<readonly WorkspaceKeyChanged[]> {
  return withDatabase(installation, 'existing', async (database) => {
    const { pool } = database
    const { now, random } = change
    const { masterKey: configured, dataDir } = installation.settings
    const masterKey = await openMasterKey({ configured, dataDir, pool, now, random })
    const changed: WorkspaceKeyChanged[] = []
    for (const workspaceId of await chosen(database, change.workspace)) {
      const workspace = publicId('wsp', workspaceId)
      const onProgress = (progress: RotationProgress) => change.onProgress({ ...progress, workspace })
      changed.push({
        workspace,
        ...(await rotateWorkspaceKey({ pool, masterKey, workspaceId, now, random, onProgress })),
      })
    }
    return changed
  })
}

/** What wraps what, by ids and versions. */
export async function listKeys(installation: Installation): Promise<KeyList> {
  return withDatabase(installation, 'existing', async ({ pool }) => {
    const workspaces = await keyListIn(pool).workspaces()
    return {
      masterKeyIds: await masterKeyIds(pool),
      workspaces: workspaces.map((row) => ({ ...row, workspaceId: publicId('wsp', row.workspaceId) })),
    }
  })
}

async function chosen({ pool }: Database, workspace: string | null): Promise<readonly string[]> {
  const all = (await keyListIn(pool).workspaces()).map(({ workspaceId }) => workspaceId)
  if (workspace === null) return all
  const asked = parsePublicId('wsp', workspace)
  if (asked !== null && all.includes(asked)) return [asked]
  throw new CannotStart('There is no such workspace; `heed keys show` lists them.')
}
