import type pg from 'pg'
import type { DestroyedKey } from './find-key-copies.ts'

/** So many of the newest are looked for; each costs a look into a set. */
const MOST_KEYS = 100_000

/** Which removals of keys have left copies behind. */
export function keyRemovalsIn(client: Pick<pg.ClientBase, 'query'>) {
  return {
    /** The last removal, as text with all its digits, when its copies may still lie about; otherwise null. */
    async due(): Promise<string | null> {
      const { rows } = await client.query<{ removedAt: string }>(
        `select removed_at::text as "removedAt" from key_removal
         where removed_at is not null and cleaned_at is distinct from removed_at`,
      )
      return rows[0]?.removedAt ?? null
    },

    /** Later removals are not covered, even those that were under way. */
    async setCleaned(removedAt: string): Promise<void> {
      await client.query('update key_removal set cleaned_at = $1::timestamptz', [removedAt])
    },

    /** Keys destroyed since the last cleaning. */
    async destroyed(): Promise<readonly DestroyedKey[]> {
      const { rows } = await client.query<DestroyedKey>(
        `select t.workspace_id as "workspaceId", key_id as "keyId"
         from task t, unnest(t.key_ids) as key_id
         where t.keys_destroyed_at > coalesce((select cleaned_at from key_removal), '-infinity')
         order by t.keys_destroyed_at desc limit $1`,
        [MOST_KEYS],
      )
      return rows
    },

    /** Deleted rows stay in their pages as long as a session reads a state of before; how many such sessions there are. */
    async countReadersOfBefore(): Promise<number> {
      const { rows } = await client.query<{ readers: number }>(
        `select (select count(*)::int from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid() and backend_type <> 'autovacuum worker'
                   and backend_xmin is not null and xact_start < (select removed_at from key_removal))
              + (select count(*)::int from pg_replication_slots where xmin is not null)
              + (select count(*)::int from pg_prepared_xacts where database = current_database()) as readers`,
      )
      return rows[0]?.readers ?? 0
    },

    /** Where this server keeps its files, and in which of them the keys lie. Only a superuser is told. */
    async files(
      tables: readonly string[],
    ): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
      const { rows } = await client.query<{ folder: string; files: string[] }>(
        `select current_setting('data_directory') as folder,
                array(select current_setting('data_directory') || '/' || pg_relation_filepath(name::regclass)
                      from unnest($1::text[]) as name) as files`,
        [tables],
      )
      return { folder: rows[0]?.folder ?? '', files: rows[0]?.files ?? [] }
    },
  }
}
