import type pg from 'pg'

/**
 * Takes the gate out of a database without a change to the product: the locks of the gate's class are shadowed by
 * functions that lock nothing. Every other advisory lock stays. Ends all sessions, because each keeps its search path.
 */
export async function removeGate(database: pg.Pool): Promise<void> {
  await database.query(`
    create schema no_gate;
    create function no_gate.pg_advisory_xact_lock(class integer, key integer) returns void language plpgsql as
      $$ begin if class <> 4600 then perform pg_catalog.pg_advisory_xact_lock(class, key); end if; end $$;
    create function no_gate.pg_advisory_xact_lock_shared(class integer, key integer) returns void language plpgsql as
      $$ begin if class <> 4600 then perform pg_catalog.pg_advisory_xact_lock_shared(class, key); end if; end $$;
    do $$ begin
      execute format('alter database %I set search_path = no_gate, pg_catalog, public', current_database());
    end $$`)
  await database.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
}
