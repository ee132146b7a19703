import type pg from 'pg'

export type ReceiptRow = {
  readonly receiptId: string
  readonly requestId: string
  readonly taskId: string
  readonly outcome: string
  readonly supersedes: string | null
  readonly jws: string
  readonly issuedAt: Date
}

const COLUMNS = `receipt_id as "receiptId", request_id as "requestId", task_id as "taskId", outcome, supersedes, jws,
  issued_at as "issuedAt"`

/** Signed outcomes. A row is never changed. */
export function receiptsIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /** False when this outcome of the task has its receipt already. */
    async insert(row: ReceiptRow): Promise<boolean> {
      const { rowCount } = await client.query(
        `insert into receipt (workspace_id, receipt_id, request_id, task_id, outcome, supersedes, jws, issued_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (workspace_id, task_id, outcome) do nothing`,
        [
          workspaceId,
          row.receiptId,
          row.requestId,
          row.taskId,
          row.outcome,
          row.supersedes,
          row.jws,
          row.issuedAt,
        ],
      )
      return rowCount === 1
    },

    async find(receiptId: string): Promise<ReceiptRow | null> {
      const { rows } = await client.query<ReceiptRow>(
        `select ${COLUMNS} from receipt where workspace_id = $1 and receipt_id = $2`,
        [workspaceId, receiptId],
      )
      return rows[0] ?? null
    },

    /** Newest first; one row more than asked says that there are more. */
    async ofRequest(
      requestId: string,
      { before, limit }: { readonly before: string | null; readonly limit: number },
    ): Promise<readonly ReceiptRow[]> {
      const { rows } = await client.query<ReceiptRow>(
        `select ${COLUMNS} from receipt
         where workspace_id = $1 and request_id = $2 and ($3::uuid is null or receipt_id < $3)
         order by receipt_id desc limit $4`,
        [workspaceId, requestId, before, limit + 1],
      )
      return rows
    },
  }
}
