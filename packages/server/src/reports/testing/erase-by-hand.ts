import type pg from 'pg'
import { inTransaction } from '../../store/transaction.ts'
import { countPerson } from '../count-person.ts'
import { noteLifecycle } from '../note-lifecycle.ts'

export type ErasedPerson = { readonly root: string; readonly fragments: readonly string[] }

/** What an erase does to the rows that reports read, step by step and without the rest of it. */
export function eraseByHand(pool: pg.Pool, workspaceId: string) {
  const kept = new Map<string, readonly object[]>()
  return {
    async persons(): Promise<ErasedPerson[]> {
      const { rows } = await pool.query<ErasedPerson>(
        `select root, array(select f from subject_fragments($1, root) as f) as fragments
         from (select distinct subject_root($1, subject_id) as root from subject where workspace_id = $1) each order by root`,
        [workspaceId],
      )
      return rows
    },

    erase: ({ root, fragments }: ErasedPerson): Promise<void> =>
      inTransaction(pool, async (client) => {
        await noteLifecycle(client, workspaceId, fragments)
        await client.query('delete from subject_key where workspace_id = $1 and subject_id = any($2)', [
          workspaceId,
          fragments,
        ])
        await client.query(
          'update subject set data_deleted_at = now() where workspace_id = $1 and subject_id = any($2)',
          [workspaceId, fragments],
        )
        const { rows } = await client.query<{ row: object }>(
          `with gone as (delete from identifier where workspace_id = $1 and subject_id = any($2) returning *)
           select to_jsonb(gone) as row from gone`,
          [workspaceId, fragments],
        )
        kept.set(
          root,
          rows.map(({ row }) => row),
        )
      }),

    reverse: ({ root, fragments }: ErasedPerson): Promise<void> =>
      inTransaction(pool, async (client) => {
        await client.query(
          'update subject set data_deleted_at = null where workspace_id = $1 and subject_id = any($2)',
          [workspaceId, fragments],
        )
        await client.query(
          'insert into identifier select * from jsonb_populate_recordset(null::identifier, $1)',
          [JSON.stringify(kept.get(root) ?? [])],
        )
      }),

    count: (person: ErasedPerson): Promise<boolean> =>
      inTransaction(pool, (client) => countPerson(client, workspaceId, person)),

    scrub: ({ fragments }: ErasedPerson): Promise<void> =>
      inTransaction(pool, async (client) => {
        for (const table of ['event', 'purchase'])
          await client.query(
            `update ${table} set subject_id = null, key_id = null, sealed = null where workspace_id = $1 and subject_id = any($2)`,
            [workspaceId, fragments],
          )
        for (const statement of [
          'delete from subject_alias where workspace_id = $1 and (absorbed = any($2) or root = any($2))',
          'delete from profile where workspace_id = $1 and subject_id = any($2)',
          'delete from identifier_mention where workspace_id = $1 and subject_id = any($2)',
        ])
          await client.query(statement, [workspaceId, fragments])
      }),
  }
}
