import type { NewRequest, Request } from '@heed/protocol'
import type pg from 'pg'

export type RequestStatus = Request['status']

export type RequestRow = {
  readonly requestId: string
  readonly type: NewRequest['type']
  readonly status: RequestStatus
  readonly scope: { readonly sources?: readonly string[] }
  readonly reason: string | null
  readonly identifierCount: number
  readonly actor: string
  /** Of an erase: whether the person is to stay away; if not, only what lies before it is blocked. */
  readonly suppress: boolean
  readonly jurisdiction: string | null
  readonly planHash: Buffer | null
  readonly holdDestinations: boolean
  /** When the person asked, where that was before it was written down here. */
  readonly submittedAt: Date | null
  readonly createdAt: Date
  readonly dueAt: Date
  readonly settledAt: Date | null
}

const COLUMNS = `request_id as "requestId", type, status, scope, reason, identifier_count as "identifierCount", actor, suppress,
  jurisdiction, plan_hash as "planHash", hold_destinations as "holdDestinations", submitted_at as "submittedAt",
  created_at as "createdAt", due_at as "dueAt", settled_at as "settledAt"`

/** Requests, and whom they name by digest. */
export function requestsIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    async insert(row: RequestRow, digests: readonly { digest: Buffer; kind: string }[]): Promise<void> {
      await client.query(
        `with opened as (
           insert into request (workspace_id, request_id, type, status, scope, reason, actor, identifier_count, created_at, due_at,
                                settled_at, suppress, jurisdiction, plan_hash, hold_destinations, submitted_at, seq)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $14, $15, $16, $17, $18, nextval('fact_seq')))
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
          row.suppress,
          row.jurisdiction,
          row.planHash,
          row.holdDestinations,
          row.submittedAt,
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

    /** A request that has come to its end says since when; a later step that finds it there changes nothing. */
    async advance(requestId: string, { status, at }: { status: RequestStatus; at: Date }): Promise<void> {
      await client.query(
        `update request set status = $3, settled_at = case when $3 in ('settled', 'cancelled') then $4::timestamptz end
         where workspace_id = $1 and request_id = $2 and status <> $3`,
        [workspaceId, requestId, status, at],
      )
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
