import type pg from 'pg'

/**
 * Tells when something happened by the database's clock, never later than it truly did, without asking the database for
 * each item. Every transaction reads the clock at its start anyway; a reading `d` whose answer reached us at monotonic
 * time `t` proves that database time minus monotonic time is at least `d - t`. The greatest such bound of the last few
 * seconds is kept, because the smallest one is only the slowest round trip.
 *
 * Why it matters: an item that arrived while its person was suppressed stays out after the suppression is lifted, and one
 * that arrives after the lifting was answered must come in. A node's own clock could tell neither.
 */
export type DatabaseClock = {
  /** `databaseMs`: the reading; `sentAt` and `heardAt`: monotonic ms just before the question and just after the answer. */
  readonly observe: (reading: { databaseMs: number; sentAt: number; heardAt: number }) => void
  /** Asks now. Whatever happens after this has resolved is placed after the moment it was asked. */
  readonly read: (db: Pick<pg.ClientBase, 'query'>) => Promise<void>
  /** Asks if nobody has for a second: what is known of an idle node may be the memory of one slow answer. */
  readonly refresh: (db: Pick<pg.ClientBase, 'query'>) => Promise<void>
  /** Database time (ms, with fractions) of a monotonic moment; a lower bound. */
  readonly at: (monotonicMs: number) => number
}

const KEEP_MS = 5_000
const REFRESH_MS = 1_000

/** @param monotonicMs `performance.now()` */
export function databaseClock(monotonicMs: () => number): DatabaseClock {
  let lowest = Number.NEGATIVE_INFINITY
  let learntAt = Number.NEGATIVE_INFINITY
  let readAt = Number.NEGATIVE_INFINITY
  const clock: DatabaseClock = {
    observe({ databaseMs, sentAt, heardAt }) {
      readAt = heardAt
      const bound = databaseMs - heardAt
      const hasStepped = lowest > databaseMs - sentAt
      const isStale = heardAt - learntAt > KEEP_MS
      if (bound < lowest && !hasStepped && !isStale) return
      lowest = bound
      learntAt = heardAt
    },
    async read(db) {
      const sentAt = monotonicMs()
      const result = await db.query<{ ms: string }>(
        'select extract(epoch from clock_timestamp()) * 1000 as ms',
      )
      clock.observe({ databaseMs: Number(result.rows[0]?.ms), sentAt, heardAt: monotonicMs() })
    },
    refresh: async (db) => (monotonicMs() - readAt > REFRESH_MS ? clock.read(db) : undefined),
    at: (moment) => lowest + moment,
  }
  return clock
}
