import type { Retained } from '@heed/core'
import { type EraseAction, PERSONAL_DATA } from '../store/personal-data.ts'
import type { RowCounts } from '../work/tasks.store.ts'

export type Counting = {
  readonly planned: RowCounts
  readonly done: RowCounts
  /** Rows of the person's own subject; 0 where nobody was found. */
  readonly fragments: number
}

export type CountedRows = {
  readonly planned: { readonly matched: number | null; readonly removed: null; readonly kept: null }
  readonly done: { readonly matched: number; readonly removed: number; readonly kept: number }
  readonly retained: readonly Retained[]
}

/** What an erase counted, as a receipt sums it up. Deleted rows are removed; the others stay and lead to nobody. */
export function countErasedRows({ planned, done, fragments }: Counting): CountedRows {
  const isDeleted = ([table]: readonly [string, number]) => actionOf(table) === 'deleted'
  const counts = Object.entries(done).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const kept = counts.filter((entry) => !isDeleted(entry))
  return {
    planned: plannedRows(planned),
    done: {
      matched: Object.keys(planned).length === 0 ? sum(done) : sum(planned),
      removed: sum(Object.fromEntries(counts.filter(isDeleted))),
      kept: sum(Object.fromEntries(kept)),
    },
    retained: [
      ...kept.map(([table, rows]) => retained(table, rows, REASONS[actionOf(table)])),
      ...(fragments === 0 ? [] : [retained('subject', fragments, SUBJECT)]),
      retained('suppression', null, SUPPRESSION),
    ],
  }
}

/** What was read, changed or restricted: it all stays. */
export function countTouchedRows({ planned, done }: Counting): CountedRows {
  const rows = sum(Object.keys(done).length === 0 ? planned : done)
  return { planned: plannedRows(planned), done: { matched: rows, removed: 0, kept: rows }, retained: [] }
}

const REASONS: Readonly<Record<EraseAction, string>> = {
  anonymised: 'leads to nobody any more and goes on counting',
  nulled: 'what was sealed in it is gone',
  kept: 'says nothing without data that is gone',
  deleted: 'deleted',
}

const SUBJECT = 'an id, a region, months, a stage and revenue by currency: nothing that names the person'
const SUPPRESSION = 'keyed digests that keep the person from being collected again'

function plannedRows(planned: RowCounts): CountedRows['planned'] {
  return { matched: Object.keys(planned).length === 0 ? null : sum(planned), removed: null, kept: null }
}

function retained(what: string, rows: number | null, reason: string): Retained {
  return { what, rows, reason, law: null, until: null }
}

function actionOf(table: string): EraseAction {
  const entry = PERSONAL_DATA[table]
  return entry?.kind === 'personal' ? entry.action : 'kept'
}

function sum(counts: RowCounts): number {
  return Object.values(counts).reduce((total, rows) => total + rows, 0)
}
