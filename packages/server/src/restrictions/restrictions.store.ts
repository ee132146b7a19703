import type pg from 'pg'

/** People whose data is kept and shown to few. Somebody is restricted when any part of them is: a merge lifts nothing. */
export function restrictionsIn(client: Pick<pg.ClientBase, 'query'>, workspaceId: string) {
  return {
    /** Each part of a person gets a row, so that undoing a merge leaves none of them open to everybody. */
    async open(row: {
      readonly fragments: readonly string[]
      readonly requestId: string
      readonly since: Date
    }): Promise<void> {
      await client.query(
        `insert into restriction (workspace_id, subject_id, request_id, since)
         select $1, fragment, $3, $4 from unnest($2::uuid[]) as fragment on conflict do nothing`,
        [workspaceId, row.fragments, row.requestId, row.since],
      )
    },

    /**
     * Which of these people are restricted. An open cause counts like a row: the no-journal brings causes back into a restored
     * database, and knows nothing of the rows. Where nobody is restricted the two first look-ups are all it costs.
     */
    async among(roots: readonly string[]): Promise<ReadonlySet<string>> {
      if (roots.length === 0) return new Set()
      const result = await client.query<{ root: string }>(
        `select r.root from unnest($2::uuid[]) as r(root)
         where (exists (select from restriction where workspace_id = $1 and until_at is null)
             or exists (select from suppression_cause
                        where workspace_id = $1 and kind = 'restrict-request' and until_seq is null))
           and exists (
             select from subject_fragments($1, r.root) as f(fragment)
             where exists (select from restriction x
                           where x.workspace_id = $1 and x.subject_id = f.fragment and x.until_at is null)
                or exists (select from suppression_cause c
                           where c.workspace_id = $1 and c.subject_id = f.fragment and c.kind = 'restrict-request'
                             and c.until_seq is null))`,
        [workspaceId, roots],
      )
      return new Set(result.rows.map(({ root }) => root))
    },
  }
}
