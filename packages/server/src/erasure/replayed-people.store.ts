import type { Transaction } from '../store/transaction.ts'

/** People of a restored database by what the no-journal knows of their erase. With the gate taken alone. */
export function replayedPeopleIn(client: Transaction, workspaceId: string) {
  return {
    /** Those of these subjects, and of the subjects these keys belong to, that the database has. */
    async withKeys(keyIds: readonly string[], subjectIds: readonly string[]): Promise<readonly string[]> {
      const { rows } = await client.query<{ id: string }>(
        `select subject_id as id from subject
         where workspace_id = $1 and subject_id in (
           select subject_id from subject_key where workspace_id = $1 and key_id = any($2::uuid[])
           union all select unnest($3::uuid[]))
         order by 1`,
        [workspaceId, keyIds, subjectIds],
      )
      return rows.map(({ id }) => id)
    },

    /**
     * Parts these subjects from everybody else: whom they had been merged with when the backup was made, and were not any more
     * when they were erased, is not erased with them. Whether the others still have a user id is read afresh.
     */
    async part(subjectIds: readonly string[]): Promise<void> {
      const { rows } = await client.query<{ side: string }>(
        `delete from subject_alias
         where workspace_id = $1 and (absorbed = any($2::uuid[])) <> (root = any($2::uuid[]))
         returning case when absorbed = any($2::uuid[]) then root else absorbed end as side`,
        [workspaceId, subjectIds],
      )
      if (rows.length === 0) return
      await client.query(
        `update subject s set has_user_id = exists (
           select from subject_fragments($1, s.subject_id) as f(fragment)
           join identifier i on i.workspace_id = $1 and i.subject_id = f.fragment and i.kind = 'userId')
         where s.workspace_id = $1 and s.subject_id in (select subject_root($1, side) from unnest($2::uuid[]) as side)`,
        [workspaceId, rows.map(({ side }) => side)],
      )
    },

    /** The people these subjects are, each with their fragments. */
    async people(subjectIds: readonly string[]): Promise<readonly RestoredPerson[]> {
      const { rows } = await client.query<RestoredPerson>(
        `select subject_root($1, id) as root, array_agg(id order by id) as fragments
         from unnest($2::uuid[]) as id group by 1 order by 1`,
        [workspaceId, subjectIds],
      )
      return rows
    },

    /** Does the database hold this erase already? A task that only waited for it holds no key. */
    async knowsErase(requestId: string, keyIds: readonly string[]): Promise<boolean> {
      const { rowCount } = await client.query(
        `select from task where workspace_id = $1 and request_id = $2 and state <> 'held' and key_ids && $3::uuid[] limit 1`,
        [workspaceId, requestId, keyIds],
      )
      return rowCount === 1
    },

    /** The time to reverse is over for the tasks with these keys: work goes on with them now. */
    async endWindows(requestId: string, keyIds: readonly string[]): Promise<void> {
      await client.query(
        `update task set recoverable_until = least(recoverable_until, clock_timestamp()), due_at = clock_timestamp()
         where workspace_id = $1 and request_id = $2 and state = 'window' and key_ids && $3::uuid[]`,
        [workspaceId, requestId, keyIds],
      )
    },
  }
}

export type RestoredPerson = { readonly root: string; readonly fragments: readonly string[] }
