import type { Pool } from 'pg'

/** Remembers the rows that migrations themselves have written, such as `message_turn`, in a schema of its own. */
export async function rememberSeeds(pool: Pool): Promise<void> {
  await pool.query(`
    create schema heed_seed;
    do $$
    declare name text; filled boolean;
    begin
      for name in ${TABLE_NAMES} loop
        execute format('select exists (select from public.%I)', name) into filled;
        if filled then execute format('create table heed_seed.%I as table public.%I', name, name); end if;
      end loop;
    end $$`)
}

/** Empties every table that has rows and puts the seeds back. Waits at most five seconds for a transaction left open. */
export async function truncateTables(pool: Pool): Promise<void> {
  await pool.query(`
    do $$
    declare name text; filled boolean; names text[] := '{}';
    begin
      perform set_config('lock_timeout', '5s', true), set_config('client_min_messages', 'warning', true);
      -- Also past triggers that refuse it in production.
      perform set_config('session_replication_role', 'replica', true);
      for name in ${TABLE_NAMES} loop
        execute format('select exists (select from public.%I)', name) into filled;
        if filled then names := names || format('public.%I', name); end if;
      end loop;
      if names <> '{}' then execute 'truncate ' || array_to_string(names, ', ') || ' cascade'; end if;
      for name in select tablename from pg_tables where schemaname = 'heed_seed' loop
        execute format('truncate public.%I cascade', name);
        execute format('insert into public.%I overriding system value table heed_seed.%I', name, name);
      end loop;
    end $$`)
}

/** Partitions are emptied with their parent; the record of migrations stays. */
const TABLE_NAMES = `
  select c.relname::text from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> 'heed_migration'
  order by 1`
