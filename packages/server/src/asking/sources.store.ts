import type pg from 'pg'

export function sourcesIn(db: Pick<pg.Pool, 'query'>) {
  return {
    /** Names of the workspace's sources by id, switched off ones too. */
    async names(workspaceId: string): Promise<ReadonlyMap<string, string>> {
      const { rows } = await db.query<{ source_id: string; name: string }>(
        'select source_id, name from source where workspace_id = $1',
        [workspaceId],
      )
      return new Map(rows.map(({ source_id, name }) => [source_id, name]))
    },
  }
}
