import type { Pool, PoolClient } from 'pg'

const MONTHS_AHEAD = 2

/**
 * Makes the partitions of `event` for this month and the next two, and returns the names of those it made. Two nodes may
 * call it at once. Rows that waited in the default partition move into the new one.
 */
export async function ensureEventPartitions(pool: Pool, now: Date): Promise<readonly string[]> {
  const made: string[] = []
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
    const month = monthOf(now, ahead)
    if (await ensureEventPartition(pool, month)) made.push(month.partition)
  }
  return made
}

/** Rows in the default partition: more than none means that partitions were not made in time, or that a clock is wrong. */
export async function countDefaultPartition(db: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await db.query<{ waiting: number }>('select count(*)::int as waiting from event_default')
  return rows[0]?.waiting ?? 0
}

export type EventMonth = {
  readonly partition: string
  /** The smallest UUIDv7 of the month, and of the next one. */
  readonly from: string
  readonly to: string
}

/** The month `ahead` months after the one of `time`, in UTC. */
export function monthOf(time: Date, ahead = 0): EventMonth {
  const start = Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + ahead)
  const end = Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + ahead + 1)
  const [year, month] = new Date(start).toISOString().split('-')
  return { partition: `event_${year}_${month}`, from: smallestUuid(start), to: smallestUuid(end) }
}

/** A UUIDv7 begins with its time in milliseconds, 48 bits; all other bits are 0 here, the version's too. */
function smallestUuid(ms: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

/** True when it made the partition, false when it was there. */
export async function ensureEventPartition(pool: Pool, month: EventMonth): Promise<boolean> {
  if (await exists(pool, month)) return false
  const client = await pool.connect()
  try {
    await client.query('begin isolation level read committed')
    await client.query('select pg_advisory_xact_lock(4602, 0)')
    const isMissing = !(await exists(client, month))
    if (isMissing) await attachPartition(client, month)
    await client.query('commit')
    return isMissing
  } catch (cause) {
    await client.query('rollback')
    throw cause
  } finally {
    client.release()
  }
}

/** Read from the catalog itself: `to_regclass` may answer from a cache that has not heard of the other node's table. */
async function exists(db: Pick<Pool, 'query'>, { partition }: EventMonth): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    'select exists (select from pg_class where relname = $1 and pg_table_is_visible(oid)) as found',
    [partition],
  )
  return rows[0]?.found === true
}

/**
 * Attached rather than created as a partition: that would lock all of `event`, this only the (empty) default. Whoever
 * waits for that lock makes later queries wait, hence the short limit; the job tries again.
 */
async function attachPartition(client: PoolClient, { partition, from, to }: EventMonth): Promise<void> {
  await client.query(`set local lock_timeout = '3s'`)
  await client.query('lock table event_default in access exclusive mode')
  await client.query(`create table ${partition} (like event including defaults including constraints)`)
  await client.query(
    `with moved as (delete from event_default where id >= '${from}' and id < '${to}' returning *)
     insert into ${partition} select * from moved`,
  )
  await client.query(
    `alter table event attach partition ${partition} for values from ('${from}') to ('${to}')`,
  )
}
