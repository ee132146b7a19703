import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { KeyStore, MintedKey, WrappedKey } from '../key-store.ts'
import { type MasterKey, masterKey } from '../master-key.ts'
import { openKeyStore } from '../open-key-store.ts'
import { openMasterKey } from '../open-master-key.ts'

export const now = () => new Date('2026-05-05T05:05:05Z')

/** A key store on a database that answers to `master`, or to a new master key. */
export async function keyStoreOn(
  db: { readonly url: string; readonly pool: pg.Pool },
  master: MasterKey = masterKey(randomBytes(32)),
) {
  const configured = master.key.export().toString('base64')
  await openMasterKey({ configured, dataDir: '/nowhere', pool: db.pool, now, random: randomBytes })
  const keys = openKeyStore({
    connection: { connectionString: db.url },
    masterKey: master,
    now,
    random: randomBytes,
    onConnectionLost: () => {},
  })
  return { keys, master }
}

export async function insertSubjectKey(pool: pg.Pool, workspaceId: string, row: WrappedKey): Promise<void> {
  await pool.query(
    `insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [workspaceId, row.keyId, row.subjectId, row.kekVersion, row.wrapped, now()],
  )
}

/** Mints and stores keys of new subjects. */
export async function mintStored(
  db: { readonly pool: pg.Pool },
  keys: KeyStore,
  { workspaceId, count }: { readonly workspaceId: string; readonly count: number },
): Promise<readonly MintedKey[]> {
  const loaded = await keys.load(workspaceId)
  const minted = Array.from({ length: count }, () =>
    loaded.mint({ keyId: randomUUID(), subjectId: randomUUID() }),
  )
  await db.pool.query(
    `insert into subject_key (workspace_id, key_id, subject_id, kek_version, wrapped, created_at)
     select $1, key_id, subject_id, $2, wrapped, $6 from unnest($3::uuid[], $4::uuid[], $5::bytea[]) as row(key_id, subject_id, wrapped)`,
    [
      workspaceId,
      loaded.kekVersion,
      minted.map(({ row }) => row.keyId),
      minted.map(({ row }) => row.subjectId),
      minted.map(({ row }) => row.wrapped),
      now(),
    ],
  )
  return minted
}
