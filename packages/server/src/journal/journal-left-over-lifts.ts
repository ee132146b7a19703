import type pg from 'pg'
import type { Journal } from './journal.ts'
import { unjournalledLifts } from './unjournalled-lifts.store.ts'

/** At start: what was lifted just before a crash is written down by whoever starts first. Answers how many there were. */
export async function journalLeftOverLifts(
  pool: Pick<pg.Pool, 'query'>,
  journal: Pick<Journal, 'append'>,
): Promise<number> {
  const store = unjournalledLifts(pool)
  let journalled = 0
  for (;;) {
    const lifts = await store.leftOver()
    if (lifts.length === 0) return journalled
    await journal.append(lifts.map(({ entry }) => entry))
    await store.forget(lifts)
    journalled += lifts.length
  }
}
