import { Problem, type ReportQuery } from '@heed/protocol'
import type pg from 'pg'
import { inTransaction, sqlStateOf } from '../store/transaction.ts'
import { type ReportQuestion, reportQuestion } from './report-question.ts'

/** One statement, so that every number of a report is of one moment. Its last parameter is how many rows it may answer. */
export type Report<Row, Shown> = {
  readonly statement: string
  readonly values: (question: ReportQuestion) => readonly unknown[]
  readonly show: (row: Row) => Shown
}

export type Reporting = {
  readonly pool: pg.Pool
  readonly now: () => Date
  readonly mostRows?: number
  readonly timeoutMs?: number
}

export type ReportAnswer<Shown> = { readonly from: string; readonly to: string; readonly data: Shown[] }

export type AnswerReport = <Row extends pg.QueryResultRow, Shown>(
  report: Report<Row, Shown>,
  workspaceId: string,
  query: ReportQuery,
) => Promise<ReportAnswer<Shown>>

const MOST_ROWS = 10_000
/** Less than the 60 seconds that a client waits. */
const TIMEOUT_MS = 50_000
/** A report reads whole tables: more of them at once would only make each other, and ingest, slower. */
const MOST_AT_ONCE = 2

/** Answers reports, a few at a time, each within its time and size. */
export function answerReports({
  pool,
  now,
  mostRows = MOST_ROWS,
  timeoutMs = TIMEOUT_MS,
}: Reporting): AnswerReport {
  let running = 0
  return async <Row extends pg.QueryResultRow, Shown>(
    report: Report<Row, Shown>,
    workspaceId: string,
    query: ReportQuery,
  ) => {
    const question = reportQuestion(workspaceId, query, now())
    if (running >= MOST_AT_ONCE)
      throw new Problem('overloaded', 'Other reports are being made.', { retryAfter: 5 })
    running += 1
    try {
      const values = [...report.values(question), mostRows + 1]
      const rows = await read<Row>(pool, { statement: report.statement, values, timeoutMs })
      if (rows.length > mostRows)
        throw new Problem('report-too-large', `It has more than ${mostRows} rows. ${ASK_FOR_LESS}`)
      return { from: question.firstMonth, to: question.lastMonth, data: rows.map((row) => report.show(row)) }
    } finally {
      running -= 1
    }
  }
}

const ASK_FOR_LESS = 'Ask for fewer months, for one source or for one campaign.'
const QUERY_CANCELED = '57014'

/**
 * A report reads every row once, in the order of the table, and hashes the rest. Left to choose, the planner took all events
 * in the order of an index (2.2 s of CPU for a funnel of 400,000 instead of 0.9), and joins by loops wherever its statistics
 * are older than the rows.
 */
const PLAN_FOR_WHOLE_TABLES =
  "set local work_mem = '64MB'; set local enable_mergejoin = off; set local enable_nestloop = off"

type Reading = { readonly statement: string; readonly values: unknown[]; readonly timeoutMs: number }

async function read<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  { statement, values, timeoutMs }: Reading,
): Promise<Row[]> {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(
        `set transaction read only; set local statement_timeout = ${timeoutMs}; ${PLAN_FOR_WHOLE_TABLES}`,
      )
      return (await client.query<Row>(statement, values)).rows
    })
  } catch (cause) {
    if (sqlStateOf(cause) !== QUERY_CANCELED) throw cause
    const hint = `It took longer than ${timeoutMs / 1000} seconds. ${ASK_FOR_LESS}`
    throw new Problem('report-too-large', hint, { cause })
  }
}
