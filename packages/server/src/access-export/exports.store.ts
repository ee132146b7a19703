import type pg from 'pg'

export type NewExport = {
  readonly exportId: string
  readonly requestId: string
  readonly taskId: string
  readonly subjectId: string
  readonly keyId: string
  readonly expiresAt: Date
  readonly createdAt: Date
}

export type ExportRow = {
  readonly exportId: string
  readonly requestId: string
  readonly taskId: string
  readonly subjectId: string
  readonly keyId: string
  readonly state: 'making' | 'ready' | 'gone'
  readonly chunks: number
  readonly bytes: string
  readonly linkExpiresAt: Date | null
  readonly downloads: number
  readonly expiresAt: Date
  readonly createdAt: Date
  /** Every part and every key its content is of. */
  readonly fragments: readonly string[]
  readonly keyIds: readonly string[]
}

export type Chunk = { readonly chunkNo: number; readonly sealed: Buffer }

const COLUMNS = `e.export_id as "exportId", e.request_id as "requestId", e.task_id as "taskId", e.subject_id as "subjectId",
  e.key_id as "keyId", e.state, e.chunks, e.bytes, e.link_expires_at as "linkExpiresAt", e.downloads,
  e.expires_at as "expiresAt", e.created_at as "createdAt", t.fragments, t.key_ids as "keyIds"`

const EXPORT = `access_export e join task t on t.workspace_id = e.workspace_id and t.task_id = e.task_id`

/** Exports and the pieces they are kept in. */
export function exportsIn(db: Pick<pg.Pool, 'query'>, workspaceId: string) {
  return {
    async insert(row: NewExport): Promise<void> {
      await db.query(
        `insert into access_export (workspace_id, export_id, request_id, task_id, subject_id, key_id, state, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, 'making', $7, $8)`,
        [
          workspaceId,
          row.exportId,
          row.requestId,
          row.taskId,
          row.subjectId,
          row.keyId,
          row.expiresAt,
          row.createdAt,
        ],
      )
    },

    /** What an attempt that did not come to its end has left behind. */
    async discardUnfinished(taskId: string): Promise<void> {
      await db.query(
        `with half as (
           select export_id from access_export where workspace_id = $1 and task_id = $2 and state = 'making'
         ), pieces as (
           delete from export_chunk where workspace_id = $1 and export_id in (select export_id from half) returning 1
         )
         select count(*) from pieces`,
        [workspaceId, taskId],
      )
      await db.query(
        `delete from access_export where workspace_id = $1 and task_id = $2 and state = 'making'`,
        [workspaceId, taskId],
      )
    },

    /** False when the export is not there to be added to, or a key of those it is about has gone: nothing was kept. */
    async addChunk(
      { exportId, chunkNo, sealed }: Chunk & { readonly exportId: string },
      { bytes, keyIds }: { readonly bytes: number; readonly keyIds: readonly string[] },
    ): Promise<boolean> {
      const { rowCount } = await db.query(
        `with grown as (
           update access_export set chunks = chunks + 1, bytes = bytes + $5
           where workspace_id = $1 and export_id = $2 and state = 'making' and chunks = $3
             and (select count(*) from subject_key where workspace_id = $1 and key_id = any($6::uuid[])) = cardinality($6::uuid[])
           returning workspace_id, export_id, subject_id, key_id
         )
         insert into export_chunk (workspace_id, export_id, chunk_no, subject_id, key_id, sealed)
         select workspace_id, export_id, $3, subject_id, key_id, $4 from grown`,
        [workspaceId, exportId, chunkNo, sealed, bytes, keyIds],
      )
      return rowCount === 1
    },

    /** The same conditions as `addChunk`: the last look before it can be handed out. */
    async finish(exportId: string, keyIds: readonly string[]): Promise<boolean> {
      const { rowCount } = await db.query(
        `update access_export set state = 'ready'
         where workspace_id = $1 and export_id = $2 and state = 'making'
           and (select count(*) from subject_key where workspace_id = $1 and key_id = any($3::uuid[])) = cardinality($3::uuid[])`,
        [workspaceId, exportId, keyIds],
      )
      return rowCount === 1
    },

    /** The newest of a request. */
    async ofRequest(requestId: string): Promise<ExportRow | null> {
      const { rows } = await db.query<ExportRow>(
        `select ${COLUMNS} from ${EXPORT} where e.workspace_id = $1 and e.request_id = $2 order by e.export_id desc limit 1`,
        [workspaceId, requestId],
      )
      return rows[0] ?? null
    },

    /** The link that was there before stops working. */
    async setLink(
      exportId: string,
      link: { readonly digest: Buffer; readonly expiresAt: Date },
    ): Promise<void> {
      await db.query(
        'update access_export set link_digest = $3, link_expires_at = $4 where workspace_id = $1 and export_id = $2',
        [workspaceId, exportId, link.digest, link.expiresAt],
      )
    },

    /** Uses the link up and counts the download, in one statement: of two that come at once, one finds it. */
    async useLink(exportId: string, digest: Buffer): Promise<boolean> {
      const { rowCount } = await db.query(
        `update access_export set link_digest = null, link_expires_at = null, downloads = downloads + 1
         where workspace_id = $1 and export_id = $2 and link_digest = $3 and state = 'ready'`,
        [workspaceId, exportId, digest],
      )
      return rowCount === 1
    },

    /** Are these parts still one person, whom nobody has erased, with every key there? */
    async isWhole({ fragments, keyIds }: Pick<ExportRow, 'fragments' | 'keyIds'>): Promise<boolean> {
      const { rows } = await db.query<{ whole: boolean }>(
        `select (select count(distinct subject_root($1, part)) from unnest($2::uuid[]) as part) = 1
            and not exists (select from subject where workspace_id = $1 and subject_id = any($2::uuid[]) and data_deleted_at is not null)
            and (select count(*) from subject_key where workspace_id = $1 and key_id = any($3::uuid[])) = cardinality($3::uuid[]) as whole`,
        [workspaceId, fragments, keyIds],
      )
      return rows[0]?.whole === true
    },

    async chunk(exportId: string, chunkNo: number): Promise<Buffer | null> {
      const { rows } = await db.query<{ sealed: Buffer }>(
        'select sealed from export_chunk where workspace_id = $1 and export_id = $2 and chunk_no = $3',
        [workspaceId, exportId, chunkNo],
      )
      return rows[0]?.sealed ?? null
    },
  }
}

/** Across workspaces. */
export function everyExportIn(db: Pick<pg.Pool, 'query'>) {
  return {
    /** Which export a link leads to, while it is good; its token says no more. */
    async byLink(
      digest: Buffer,
      now: Date,
    ): Promise<(ExportRow & { readonly workspaceId: string; readonly linkDigest: Buffer }) | null> {
      const { rows } = await db.query<ExportRow & { workspaceId: string; linkDigest: Buffer }>(
        `select e.workspace_id as "workspaceId", e.link_digest as "linkDigest", ${COLUMNS} from ${EXPORT}
         where e.link_digest = $1 and e.link_expires_at > $2 and e.expires_at > $2 and e.state = 'ready'`,
        [digest, now],
      )
      return rows[0] ?? null
    },

    /** Deletes the pieces of up to `limit` exports that were kept long enough, or whose keys are gone for good. */
    async forget(now: Date, limit: number): Promise<number> {
      const { rows } = await db.query<{ forgotten: number }>(
        `with old as materialized (
           select e.workspace_id, e.export_id from ${EXPORT}
           where e.state = 'ready' and (e.expires_at <= $1 or exists (
             select from unnest(t.key_ids) as key(id)
             where not exists (select from subject_key k where k.workspace_id = e.workspace_id and k.key_id = key.id)
               and not exists (select from escrowed_key k where k.workspace_id = e.workspace_id and k.key_id = key.id)))
           order by e.expires_at limit $2 for update of e skip locked
         ), pieces as (
           delete from export_chunk c using old where c.workspace_id = old.workspace_id and c.export_id = old.export_id
           returning 1
         ), gone as (
           update access_export e set state = 'gone', link_digest = null, link_expires_at = null
           from old where e.workspace_id = old.workspace_id and e.export_id = old.export_id
           returning 1
         )
         select (select count(*) from gone)::int as forgotten, (select count(*) from pieces) as pieces`,
        [now, limit],
      )
      return rows[0]?.forgotten ?? 0
    },
  }
}
