import { DEFAULT_SOURCE_SETTINGS, type SourceSettings } from '@heed/protocol'
import type { ClientBase, Pool } from 'pg'
import { mergeSourceSettings } from './merge-source-settings.ts'

export type SourceRow = {
  readonly workspaceId: string
  readonly sourceId: string
  readonly name: string
  readonly trust: 'client' | 'server'
  /** Complete: what the row does not say has its default. */
  readonly settings: SourceSettings
  readonly enabled: boolean
  readonly createdAt: Date
}

type Place = { readonly workspaceId: string; readonly sourceId: string }

const COLUMNS = `workspace_id as "workspaceId", source_id as "sourceId", name, trust, settings, enabled,
  created_at as "createdAt"`

type StoredSource = Omit<SourceRow, 'settings'> & { readonly settings: object }

/** False when another source, of any workspace, already has the write key: a key must name exactly one. */
export async function insertSource(
  client: ClientBase,
  source: SourceRow,
  writeKeyDigest: Buffer,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into source (workspace_id, source_id, name, write_key_digest, trust, settings, enabled, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (write_key_digest) do nothing`,
    [
      source.workspaceId,
      source.sourceId,
      source.name,
      writeKeyDigest,
      source.trust,
      JSON.stringify(changedFromDefault(source.settings)),
      source.enabled,
      source.createdAt,
    ],
  )
  return rowCount === 1
}

export async function findSource(db: ClientBase | Pool, place: Place): Promise<SourceRow | null> {
  return one(await db.query<StoredSource>(`select ${COLUMNS} from source where ${PLACE}`, values(place)))
}

/** Locked, because a change reads the settings and writes them whole. */
export async function lockSource(client: ClientBase, place: Place): Promise<SourceRow | null> {
  return one(
    await client.query<StoredSource>(
      `select ${COLUMNS} from source where ${PLACE} for update`,
      values(place),
    ),
  )
}

export async function findSourceByKeyDigest(
  db: ClientBase | Pool,
  digest: Buffer,
): Promise<SourceRow | null> {
  return one(
    await db.query<StoredSource>(`select ${COLUMNS} from source where write_key_digest = $1`, [digest]),
  )
}

/** One row more than `limit` when there is a next page. */
export async function listSources(
  db: ClientBase | Pool,
  page: { workspaceId: string; after: string | null; limit: number },
): Promise<SourceRow[]> {
  const { rows } = await db.query<StoredSource>(
    `select ${COLUMNS} from source
     where workspace_id = $1 and ($2::uuid is null or source_id > $2)
     order by source_id limit $3`,
    [page.workspaceId, page.after, page.limit + 1],
  )
  return rows.map(withSettings)
}

export async function updateSource(client: ClientBase, source: SourceRow): Promise<void> {
  await client.query(`update source set name = $3, trust = $4, settings = $5, enabled = $6 where ${PLACE}`, [
    ...values(source),
    source.name,
    source.trust,
    JSON.stringify(changedFromDefault(source.settings)),
    source.enabled,
  ])
}

/** Violates `source_write_key_digest_key` when another source has the key. */
export async function replaceWriteKey(client: ClientBase, place: Place, digest: Buffer): Promise<void> {
  await client.query(`update source set write_key_digest = $3 where ${PLACE}`, [...values(place), digest])
}

const PLACE = 'workspace_id = $1 and source_id = $2'

function values({ workspaceId, sourceId }: Place): [string, string] {
  return [workspaceId, sourceId]
}

function one({ rows }: { readonly rows: readonly StoredSource[] }): SourceRow | null {
  return rows[0] === undefined ? null : withSettings(rows[0])
}

function withSettings(row: StoredSource): SourceRow {
  return { ...row, settings: mergeSourceSettings(DEFAULT_SOURCE_SETTINGS, row.settings) }
}

/** Only what differs is stored, so that a default which a later version improves reaches the sources that never chose. */
function changedFromDefault(settings: SourceSettings): Partial<SourceSettings> {
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_SOURCE_SETTINGS))
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => defaults.get(name) !== value))
}
