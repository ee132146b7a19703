import type { NewRequest } from '@heed/protocol'
import type pg from 'pg'

export type RequestRow = {
  readonly requestId: string
  readonly type: NewRequest['type']
  readonly status: 'received' | 'settled'
  readonly scope: { readonly sources?: readonly string[] }
  readonly reason: string | null
  readonly identifierCount: number
  readonly actor: string
  readonly createdAt: Date
  readonly dueAt: Date
  readonly settledAt: Date | null
}

const COLUMNS = `request_id as "requestId", type, status, scope, reason, identifier_count as "identifierCount", actor,
  created_at as "createdAt", due_at as "dueAt", settled_at as "settledAt"`

/** Requests, and whom they name by digest. */
export function requestsIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    async insert(row: RequestRow, digests: readonly { digest: Buffer; kind: string }[]): Promise<void> {
      await client.query(
        `with opened as (
           insert into request (workspace_id, request_id, type, status, scope, reason, actor, identifier_count, created_at, due_at, settled_at, seq)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nextval('fact_seq')))
         insert into request_digest (workspace_id, request_id, digest, kind)
         select $1, $2, digest, kind from unnest($12::bytea[], $13::text[]) as u(digest, kind)
         on conflict do nothing`,
        [
          workspaceId,
          row.requestId,
          row.type,
          row.status,
          JSON.stringify(row.scope),
          row.reason,
          row.actor,
          row.identifierCount,
          row.createdAt,
          row.dueAt,
          row.settledAt,
          digests.map(({ digest }) => digest),
          digests.map(({ kind }) => kind),
        ],
      )
    },

    async find(requestId: string): Promise<RequestRow | null> {
      const result = await client.query<RequestRow>(
        `select ${COLUMNS} from request where workspace_id = $1 and request_id = $2`,
        [workspaceId, requestId],
      )
      return result.rows[0] ?? null
    },

    /** Newest first; one row more than asked says that there are more. */
    async list({ before, limit }: { before: string | null; limit: number }): Promise<RequestRow[]> {
      const result = await client.query<RequestRow>(
        `select ${COLUMNS} from request where workspace_id = $1 and ($2::uuid is null or request_id < $2)
         order by request_id desc limit $3`,
        [workspaceId, before, limit + 1],
      )
      return result.rows
    },

    async sourcesOf(sourceIds: readonly string[]): Promise<Set<string>> {
      const result = await client.query<{ source_id: string }>(
        'select source_id from source where workspace_id = $1 and source_id = any($2::uuid[])',
        [workspaceId, sourceIds],
      )
      return new Set(result.rows.map((row) => row.source_id))
    },
  }
}
