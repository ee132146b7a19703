import type pg from 'pg'

export type PartRow = {
  readonly subject_id: string
  readonly created_at: Date
  readonly region: string | null
  readonly first_month: string | null
  readonly last_month: string | null
  readonly lifetime_revenue: Readonly<Record<string, unknown>> | null
  readonly lifecycle: string | null
}

export type LinkRow = {
  readonly link_id: string
  readonly provenance: 'server' | 'verified'
  readonly created_at: Date
}

export type RequestAboutRow = {
  readonly request_id: string
  readonly type: string
  readonly status: string
  readonly created_at: Date
  readonly due_at: Date
  readonly settled_at: Date | null
  readonly outcomes: readonly string[]
}

export type SpanRow = { readonly since: Date; readonly until_at: Date | null }
export type HoldRow = {
  readonly hold_id: string
  readonly created_at: Date
  readonly until_at: Date
  readonly released_at: Date | null
}
export type EarlierExportRow = {
  readonly request_id: string
  readonly created_at: Date
  readonly downloads: number
  readonly expires_at: Date
}

/** Rows about one person that are few. Each takes the parts, or the digests, that are handed out. */
export function personRowsIn(db: Pick<pg.Pool, 'query'>, workspaceId: string) {
  const list = async <Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> => (await db.query<Row>(text, [workspaceId, ...values])).rows

  return {
    parts: (fragments: readonly string[]) =>
      list<PartRow>(
        `select subject_id, created_at, region, first_month, last_month, lifetime_revenue, lifecycle from subject
         where workspace_id = $1 and subject_id = any($2::uuid[]) order by created_at, subject_id`,
        [fragments],
      ),

    /** Only merges that were followed have both their ends among these parts. */
    links: (fragments: readonly string[]) =>
      list<LinkRow>(
        `select link_id, provenance, created_at from subject_alias
         where workspace_id = $1 and absorbed = any($2::uuid[]) and root = any($2::uuid[]) and provenance <> 'client'
         order by seq, absorbed`,
        [fragments],
      ),

    async mentions(fragments: readonly string[]): Promise<number> {
      const [row] = await list<{ count: number }>(
        `select count(distinct digest)::int as count from identifier_mention
         where workspace_id = $1 and subject_id = any($2::uuid[])`,
        [fragments],
      )
      return row?.count ?? 0
    },

    async profileUpdatedAt(fragments: readonly string[]): Promise<Date | null> {
      const [row] = await list<{ at: Date | null }>(
        'select max(updated_at) as at from profile where workspace_id = $1 and subject_id = any($2::uuid[]) and sealed is not null',
        [fragments],
      )
      return row?.at ?? null
    },

    /** Every request that named one of these, or that has a task about one of these parts. */
    requests: (digests: readonly Buffer[], fragments: readonly string[]) =>
      list<RequestAboutRow>(
        `select r.request_id, r.type, r.status, r.created_at, r.due_at, r.settled_at,
                array(select t.outcome from task t
                      where t.workspace_id = $1 and t.request_id = r.request_id and t.outcome is not null
                      order by t.task_id) as outcomes
         from request r
         where r.workspace_id = $1 and r.request_id in (
           select request_id from request_digest where workspace_id = $1 and digest = any($2::bytea[])
           union
           select request_id from task where workspace_id = $1 and subject_id = any($3::uuid[])
         )
         order by r.request_id desc limit 1000`,
        [digests, fragments],
      ),

    restrictions: (fragments: readonly string[]) =>
      list<SpanRow>(
        `select since, until_at from restriction
         where workspace_id = $1 and subject_id = any($2::uuid[]) order by since, request_id`,
        [fragments],
      ),

    holds: (fragments: readonly string[]) =>
      list<HoldRow>(
        `select hold_id, created_at, until_at, released_at from hold
         where workspace_id = $1 and subject_id = any($2::uuid[]) order by hold_id`,
        [fragments],
      ),

    exports: (fragments: readonly string[]) =>
      list<EarlierExportRow>(
        `select request_id, created_at, downloads, expires_at from access_export
         where workspace_id = $1 and subject_id = any($2::uuid[]) and state <> 'making' order by export_id`,
        [fragments],
      ),

    async request(requestId: string): Promise<{ openedAt: Date; identifierCount: number } | null> {
      const [row] = await list<{ openedAt: Date; identifierCount: number }>(
        `select created_at as "openedAt", identifier_count as "identifierCount" from request
         where workspace_id = $1 and request_id = $2`,
        [requestId],
      )
      return row ?? null
    },

    async controller(): Promise<string> {
      const [row] = await list<{ name: string }>('select name from workspace where workspace_id = $1', [])
      return row?.name ?? ''
    },

    sources: () =>
      list<{ source_id: string; name: string; trust: 'client' | 'server' }>(
        'select source_id, name, trust from source where workspace_id = $1 order by source_id limit 1000',
        [],
      ),
  }
}
