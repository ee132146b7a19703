import pg from 'pg'
import { keksIn } from './keks.store.ts'
import type { KeyStore, SubjectKey, WorkspaceKeys, WrappedKey } from './key-store.ts'
import { MASTER_KEY_BYTES, type MasterKey, MasterKeyError } from './master-key.ts'
import { workspaceKeys } from './workspace-keys.ts'
import { unwrapUnderMaster, wrapUnderMaster } from './wrapped-keys.ts'

export type KeyStoreSettings = {
  /** The primary: a replica would still show keys that are gone. */
  readonly connection: pg.PoolConfig
  readonly masterKey: MasterKey
  readonly now: () => Date
  readonly random: (size: number) => Buffer
  /** Told when an idle connection breaks; the next query opens another. */
  readonly onConnectionLost: (error: Error) => void
}

/** The key store over PostgreSQL, with a small pool of its own. */
export function openKeyStore(settings: KeyStoreSettings): KeyStore {
  const pool = new pg.Pool({ max: 4, statement_timeout: 10_000, ...settings.connection })
  pool.on('error', settings.onConnectionLost)
  const loaded = new Map<string, WorkspaceKeys>()

  const reload = async (workspaceId: string): Promise<WorkspaceKeys> => {
    const keys = await readOrMakeKeks({ ...settings, pool, workspaceId })
    loaded.set(workspaceId, keys)
    return keys
  }
  const load = async (workspaceId: string) => loaded.get(workspaceId) ?? reload(workspaceId)

  return {
    load,
    reload,
    mint: async (workspaceId, ids) => (await load(workspaceId)).mint(ids),
    async unwrap(workspaceId, row) {
      const keys = await load(workspaceId)
      return keys.holds(row.kekVersion) ? keys.unwrap(row) : (await reload(workspaceId)).unwrap(row)
    },
    async open(workspaceId, keyIds) {
      const read = () => keksIn(pool).subjectKeys(workspaceId, keyIds)
      const rows = await read()
      if (rows.length === 0) return new Map()
      const keys = await load(workspaceId)
      if (rows.every((row) => keys.holds(row.kekVersion))) return opened(keys, rows)
      // Rotated since: read again, after the workspace keys, since these rows may have been wrapped anew in between.
      return opened(await reload(workspaceId), await read())
    },
    close: () => pool.end(),
  }
}

type Loading = KeyStoreSettings & { readonly pool: pg.Pool; readonly workspaceId: string }

async function readOrMakeKeks({
  pool,
  workspaceId,
  masterKey,
  now,
  random,
}: Loading): Promise<WorkspaceKeys> {
  const store = keksIn(pool)
  let rows = await store.kekRows(workspaceId)
  if (rows.length === 0) {
    const first = { workspaceId, version: 1, masterKeyId: masterKey.id, createdAt: now() }
    const wrapped = wrapUnderMaster(masterKey, 'kek', { ...first, raw: random(MASTER_KEY_BYTES) })
    await store.insertKek({ ...first, wrapped })
    rows = await store.kekRows(workspaceId)
  }
  if (rows.length === 0)
    throw new MasterKeyError(`master key ${masterKey.id} is not, or no longer, this database's`)
  const keks = new Map(rows.map((row) => [row.version, unwrapUnderMaster(masterKey, 'kek', row)]))
  return workspaceKeys({ workspaceId, keks, random })
}

function opened(keys: WorkspaceKeys, rows: readonly WrappedKey[]): ReadonlyMap<string, SubjectKey> {
  return new Map(rows.map((row) => [row.keyId, keys.unwrap(row)]))
}
