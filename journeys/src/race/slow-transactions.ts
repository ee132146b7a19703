import type pg from 'pg'

/**
 * Makes links and opt-outs dwell between what they have read and what they write, so that two of them overlap as surely in
 * a short run as they do now and then in a long one. The product is not changed.
 */
export async function slowTransactions(database: pg.Pool): Promise<void> {
  await database.query(`
    create schema slow;
    create function slow.dwell() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.008); return null; end $$;
    create trigger dwell after insert on suppression_cause for each statement execute function slow.dwell();
    create trigger dwell after insert on identifier for each statement execute function slow.dwell()`)
}
