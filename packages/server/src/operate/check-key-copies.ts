import type pg from 'pg'
import { type Finding, fine, risky } from './finding.ts'

/** Cleaning is tried every quarter of an hour; a removal this old has been tried for. */
const OVERDUE_HOURS = 2

/** Whether the copies of destroyed keys in the live cluster are overwritten, or why not. */
export async function checkKeyCopies(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query<{ isOverdue: boolean; mayClean: boolean }>(
    `select coalesce(removed_at < clock_timestamp() - make_interval(hours => $1) and cleaned_at is distinct from removed_at, false)
              as "isOverdue",
            has_function_privilege('pg_switch_wal()', 'execute') and has_function_privilege('pg_ls_waldir()', 'execute')
              and pg_has_role('pg_checkpoint', 'usage') as "mayClean"
     from key_removal`,
    [OVERDUE_HOURS],
  )
  const [row] = rows
  if (row?.mayClean === false)
    return risky(
      'key-copies',
      'Copies of destroyed keys stay in the log of the database until it is written again: the role may not switch it.',
      'As a superuser: grant execute on function pg_switch_wal(), pg_ls_waldir() to the role; grant pg_checkpoint to it.',
    )
  if (row?.isOverdue === true)
    return risky(
      'key-copies',
      'Copies of destroyed keys may still lie in the database: something keeps old pages or the old log.',
      'Look for long transactions, replication slots that nobody reads and an archive that has stopped.',
    )
  return fine('key-copies', 'Copies of destroyed keys are overwritten within the hour.')
}
