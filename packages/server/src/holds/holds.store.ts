import type pg from 'pg'

export type HoldRow = {
  readonly holdId: string
  readonly keyId: string
  readonly sealed: Buffer | null
  readonly until: Date
  readonly createdAt: Date
  readonly createdBy: string
  readonly releasedAt: Date | null
  readonly releasedBy: string | null
}

export type NewHoldRow = Omit<HoldRow, 'releasedAt' | 'releasedBy'> & { readonly subjectId: string }

const COLUMNS = `hold_id as "holdId", key_id as "keyId", sealed, until_at as "until", created_at as "createdAt",
  created_by as "createdBy", released_at as "releasedAt", released_by as "releasedBy"`

/** Holds stand for a person with everything that was merged into them, whichever part they were placed on. */
export function holdsIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    async insert(row: NewHoldRow): Promise<void> {
      await client.query(
        `insert into hold (workspace_id, hold_id, subject_id, key_id, sealed, until_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          workspaceId,
          row.holdId,
          row.subjectId,
          row.keyId,
          row.sealed,
          row.until,
          row.createdAt,
          row.createdBy,
        ],
      )
    },

    /** Ids of the holds that an erase of these fragments waits for, and when each ends, the last one first. */
    async openOf(
      fragments: readonly string[],
      now: Date,
    ): Promise<{ readonly holdId: string; readonly until: Date }[]> {
      const result = await client.query<{ holdId: string; until: Date }>(
        `select hold_id as "holdId", until_at as "until" from hold
         where workspace_id = $1 and subject_id = any($2::uuid[]) and released_at is null and until_at > $3
         order by until_at desc, hold_id`,
        [workspaceId, fragments, now],
      )
      return result.rows
    },

    async find(holdId: string, fragments: readonly string[]): Promise<HoldRow | null> {
      const result = await client.query<HoldRow>(
        `select ${COLUMNS} from hold where workspace_id = $1 and hold_id = $2 and subject_id = any($3::uuid[])`,
        [workspaceId, holdId, fragments],
      )
      return result.rows[0] ?? null
    },

    /** Newest first; one row more than asked says that there are more. */
    async list(
      fragments: readonly string[],
      { before, limit }: { readonly before: string | null; readonly limit: number },
    ): Promise<HoldRow[]> {
      const result = await client.query<HoldRow>(
        `select ${COLUMNS} from hold
         where workspace_id = $1 and subject_id = any($2::uuid[]) and ($3::uuid is null or hold_id < $3)
         order by hold_id desc limit $4`,
        [workspaceId, fragments, before, limit + 1],
      )
      return result.rows
    },

    /** Tasks of erases that wait for these people's holds to end. */
    async waitingFor(fragments: readonly string[]): Promise<string[]> {
      const result = await client.query<{ task_id: string }>(
        `select task_id from task
         where workspace_id = $1 and subject_id = any($2::uuid[]) and state = 'held' and due_at is not null order by task_id`,
        [workspaceId, fragments],
      )
      return result.rows.map((row) => row.task_id)
    },

    /** False when it had been released before. */
    async release(holdId: string, by: { readonly actor: string; readonly at: Date }): Promise<boolean> {
      const result = await client.query(
        `update hold set released_at = $3, released_by = $4
         where workspace_id = $1 and hold_id = $2 and released_at is null`,
        [workspaceId, holdId, by.at, by.actor],
      )
      return result.rowCount === 1
    },
  }
}
