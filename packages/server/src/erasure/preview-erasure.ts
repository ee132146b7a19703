import { publicId } from '@heed/core'
import { type ErasurePreview, type NewErasurePreview, Problem } from '@heed/protocol'
import type pg from 'pg'
import type { Asker, Asking } from '../asking/asking.ts'
import { recordAccess } from '../asking/record-access.ts'
import type { DigestRings } from '../identity/open-digest-ring.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { dueAtOf } from '../requests/due-at.ts'
import { digestNamed, type NamedDigest } from '../requests/name-people.ts'
import { type Reached, reachPeople } from '../requests/reach-people.ts'
import { restrictionsIn } from '../restrictions/restrictions.store.ts'
import { inTransaction, sqlStateOf } from '../store/transaction.ts'
import { irreversibleParts } from './irreversible-parts.ts'
import { PLANNED_TABLES, planHashOf, type StandingHold } from './plan-of-erase.ts'
import { previewedRowsIn, type Whose } from './previewed-rows.store.ts'
import { endOfWindow } from './reversal-window.ts'

export type PreviewParts = {
  readonly asking: Asking
  readonly rings: DigestRings
  readonly reversalDays: number
  /** How long the counting may take. */
  readonly longestMs?: number
}

type Question = {
  readonly preview: NewErasurePreview
  readonly named: readonly NamedDigest[]
  readonly now: Date
  readonly dueAt: Date
}

/**
 * What an erase would do, read from one snapshot and without the gate: collecting goes on meanwhile, and the plan hash tells
 * whether what was seen is still so when the request is opened.
 */
export async function previewErasure(
  parts: PreviewParts,
  asker: Asker,
  preview: NewErasurePreview,
): Promise<ErasurePreview> {
  const { asking, rings } = parts
  const now = asking.now()
  const named = digestNamed(await rings(asker.workspaceId), preview.subject.identifiers)
  const question = { preview, named, now, dueAt: dueAtOf(preview, now) }
  const { longestMs = LONGEST_MS } = parts
  const answer = await inSnapshot({ pool: asking.pool, longestMs }, (client) =>
    answerIn(client, { parts, asker, question }),
  )
  const only = answer.subjects.length === 1 ? (answer.roots[0] ?? null) : null
  await recordAccess(asking, asker, { rows: answer.subjects.length, subjectId: only })
  const { roots, ...shown } = answer
  return shown
}

/** Longer than a person with a hundred thousand events takes on a busy server, and shorter than anybody waits. */
const LONGEST_MS = 5_000

async function inSnapshot<Result>(
  { pool, longestMs }: { readonly pool: pg.Pool; readonly longestMs: number },
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    await client.query(`set local statement_timeout = ${longestMs}`)
    return work(client)
  }).catch((cause: unknown) => {
    throw sqlStateOf(cause) === TIMED_OUT ? tooSlow(longestMs, cause) : cause
  })
}

const TIMED_OUT = '57014'

function tooSlow(longestMs: number, cause: unknown): Problem {
  const hint = `The rows could not be counted within ${longestMs / 1000} seconds. Try again later, or erase without a preview.`
  return new Problem('overloaded', hint, { retryAfter: 10, cause })
}

type Answering = { readonly parts: PreviewParts; readonly asker: Asker; readonly question: Question }

async function answerIn(
  client: pg.ClientBase,
  { parts, asker, question }: Answering,
): Promise<ErasurePreview & { readonly roots: readonly string[] }> {
  const { workspaceId } = asker
  const { preview, now, dueAt } = question
  const { reversalDays } = parts
  const suppress = preview.suppress ?? true
  const reached = await reachPeople(client, workspaceId, question.named)
  const { hash, holds } = await planHashOf(client, workspaceId, { reached, suppress, reversalDays, now })
  const roots = reached.people.map(({ root }) => root)
  const restricted = await restrictionsIn(client, workspaceId).among(roots)
  const isHidden = restricted.size > 0 && !asker.mayReadRestricted
  const status = statusOf(reached, holds)
  const recoverableUntil = status === 'waiting' ? endOf(question, reversalDays) : null
  return {
    roots,
    planHash: hash,
    status,
    doubt: reached.people.length === 0 ? null : reached.doubt,
    subjects: reached.people.map(({ root, isMention }) => ({
      id: publicId('sub', root),
      isOwner: !isMention,
      restricted: restricted.has(root),
    })),
    ...(await rowsOf(client, workspaceId, { reached, isHidden })),
    irreversible: irreversibleParts({ status, suppress, recoverableUntil, reversalDays }),
    holds: holds.map(({ holdId, until }) => ({ id: publicId('hld', holdId), until: until.toISOString() })),
    destinations: [{ destination: 'heed', recoverableUntil }],
    dueAt: dueAt.toISOString(),
    recoverableUntil,
    countedAt: now.toISOString(),
  }
}

function statusOf({ people, doubt }: Reached, holds: readonly StandingHold[]): ErasurePreview['status'] {
  if (people.length === 0) return 'settled'
  if (doubt !== null) return 'awaiting-approval'
  return holds.length > 0 ? 'held' : 'waiting'
}

function endOf({ now, dueAt }: Question, reversalDays: number): string | null {
  const end = endOfWindow(now, dueAt, reversalDays)
  return end > now ? end.toISOString() : null
}

type Counting = { readonly reached: Reached; readonly isHidden: boolean }

/** How many rows somebody has says something about them, so a restricted person's are not counted for everybody. */
async function rowsOf(
  client: pg.ClientBase,
  workspaceId: string,
  { reached, isHidden }: Counting,
): Promise<Pick<ErasurePreview, 'tables' | 'revenueImpact' | 'otherSubjects'>> {
  if (isHidden)
    return {
      tables: PLANNED_TABLES.map((table) => ({ ...table, rows: null })),
      revenueImpact: [],
      otherSubjects: [],
    }
  const whose = await whoseRows(client, workspaceId, reached)
  const rows = previewedRowsIn(client, workspaceId)
  const counts = await rows.count(whose)
  const others = [...(await rows.sharers(whose)), ...reached.contradicted.map(({ root }) => root)]
  const revenue = await rows.revenue(whose.fragments)
  return {
    tables: PLANNED_TABLES.map(({ table, action }) => ({ table, action, rows: counts.get(table) ?? 0 })),
    revenueImpact: revenue.map(({ currency, orders, refunds, net }) => ({
      currency,
      orders: Number(orders),
      refunds: Number(refunds),
      net,
    })),
    otherSubjects: [...new Set(others)].sort().map((root) => publicId('sub', root)),
  }
}

async function whoseRows(
  client: pg.ClientBase,
  workspaceId: string,
  { people, unowned }: Reached,
): Promise<Whose> {
  const fragments = await subjectsIn(client, workspaceId).fragments(people.map(({ root }) => root))
  const all = [...people.flatMap(({ closure }) => [...closure]), ...unowned]
  return { fragments, digests: all.map(({ digest }) => digest) }
}
