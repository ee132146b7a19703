import { Problem } from '@heed/protocol'
import type pg from 'pg'
import type { Fact } from '../audit/fact.ts'
import { appendToOutbox } from '../audit/outbox.store.ts'
import type { Journal } from '../journal/journal.ts'
import type { JournalEntry } from '../journal/journal-entry.ts'
import { noteJournalPosition } from '../journal/journal-state.store.ts'
import { type UnjournalledLift, unjournalledLifts } from '../journal/unjournalled-lifts.store.ts'
import { isRefusedData, sqlStateOf, type Transaction } from '../store/transaction.ts'
import { type CauseRow, type SuppressionRow, suppressionsIn } from '../suppression/suppressions.store.ts'
import type { DatabaseClock } from './database-clock.ts'
import { copyToStage, readyStage, type StagedVerdict, takeGateAndFinish } from './finish-stage.ts'
import { takeGate } from './gate.ts'
import { suppressedEntries } from './journal-entries.ts'
import type { StageRow } from './stage-encoding.ts'

/** What one piece of work may do while it holds the gate alone. */
export type LaneTransaction = {
  readonly client: Transaction
  readonly workspaceId: string
  /** A fresh UUIDv7. */
  readonly newId: () => string
  readonly now: () => Date
  /** These rows were written: the journal has them before the commit. Causes that are not given are read again for it. */
  readonly keepNo: (rows: readonly SuppressionRow[], causes?: readonly CauseRow[]) => void
  /** Another "no" than a suppression, such as an erase: the journal has it before the commit, too. */
  readonly keepEntry: (entry: JournalEntry) => void
  /** This was lifted: the journal hears it after the commit, because a "no" too many is the safe mistake. */
  readonly keepLift: (entry: JournalEntry) => void
  /** Facts for the audit log, in this transaction. */
  readonly tell: (facts: readonly Fact[]) => void
}

export type LaneWork<T> = (tx: LaneTransaction) => Promise<T>

/** One piece of work that went to the stage, and what became of it. */
export type Judged<Input> = { readonly input: Input; readonly verdict: StagedVerdict }

/**
 * Work that is prepared before the gate is taken and settled with all of its kind that wait: what lies on the stage is judged
 * in the round trip that takes the gate, which is then held for two statements and not for a dozen a piece.
 */
export type StagedKind<Input, Output> = {
  readonly rowOf: (input: Input, ord: number) => StageRow
  /** Two that share a name are not settled in one turn: neither could see the other. */
  readonly namesOf: (input: Input) => readonly string[]
  /** Answers for each, in their order. */
  readonly settle: (tx: LaneTransaction, judged: readonly Judged<Input>[]) => Promise<readonly Output[]>
}

export type ExclusiveLane = {
  /** Runs the work with the workspace's gate taken alone; resolves when it is committed and in the journal. */
  readonly run: <T>(workspaceId: string, work: LaneWork<T>) => Promise<T>
  /** The same for work of one kind. */
  readonly runStaged: <Input, Output>(
    workspaceId: string,
    kind: StagedKind<Input, Output>,
    input: Input,
  ) => Promise<Output>
  /** Resolves when nothing waits any more. */
  readonly drain: () => Promise<void>
}

type Waiting = {
  readonly work: LaneWork<unknown> | Staged
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Its kind is erased here: a queue holds every kind, and only the kind's own functions ever read the input. */
type Staged = { readonly kind: StagedKind<unknown, unknown>; readonly input: unknown }

export type LaneNeeds = {
  readonly pool: pg.Pool
  readonly journal: Journal
  readonly nodeId: string
  readonly clock: DatabaseClock
  readonly newId: () => string
  readonly now: () => Date
}

/** Work that has waited longest goes first; this many share one transaction, so that the gate is not held for long. */
const MOST_AT_ONCE = 64
const MOST_WAITING = 10_000

/**
 * The lane of those who change a "no": one transaction at a time and workspace takes everything that is waiting, because
 * each turn of the gate stops every writer of the workspace (coalesced, 150 opt-outs a second cost 13 k events/s; one
 * transaction each, opt-outs took seconds: ADR 0003).
 */
export function exclusiveLane(needs: LaneNeeds): ExclusiveLane {
  const queues = new Map<string, Waiting[]>()
  const running = new Map<string, Promise<void>>()

  async function work(workspaceId: string): Promise<void> {
    for (;;) {
      const waiting = takeTurn(queues.get(workspaceId) ?? [])
      if (waiting.length === 0) break
      // Whatever goes wrong, the lane goes on: one that stopped would leave every later "no" waiting for ever.
      await settleTogether(needs, workspaceId, waiting).catch((error: unknown) => {
        for (const { reject } of waiting) reject(error)
      })
    }
    running.delete(workspaceId)
  }

  const enqueue = (workspaceId: string, laneWork: Waiting['work']): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const queue = queues.get(workspaceId) ?? []
      if (queue.length >= MOST_WAITING) {
        reject(new Problem('overloaded', 'Too many changes are waiting.', { retryAfter: 2 }))
        return
      }
      queue.push({ work: laneWork, resolve, reject })
      queues.set(workspaceId, queue)
      if (!running.has(workspaceId)) running.set(workspaceId, work(workspaceId))
    })

  return {
    run: <T>(workspaceId: string, laneWork: LaneWork<T>) => enqueue(workspaceId, laneWork) as Promise<T>,
    runStaged: <Input, Output>(workspaceId: string, kind: StagedKind<Input, Output>, input: Input) =>
      enqueue(workspaceId, { kind, input } as Staged) as Promise<Output>,
    async drain() {
      await Promise.all(running.values())
    },
  }
}

/** Those at the front; what shares a name with one of them stays for the next turn. */
function takeTurn(queue: Waiting[]): Waiting[] {
  const names = new Set<string>()
  const turn: Waiting[] = []
  for (let at = 0; at < queue.length && turn.length < MOST_AT_ONCE; ) {
    const one = queue[at]
    const own = one !== undefined && isStaged(one.work) ? one.work.kind.namesOf(one.work.input) : []
    if (one === undefined || own.some((name) => names.has(name))) {
      at += 1
      continue
    }
    for (const name of own) names.add(name)
    turn.push(one)
    queue.splice(at, 1)
  }
  return turn
}

function isStaged(work: Waiting['work']): work is Staged {
  return typeof work === 'object'
}

/**
 * All in one transaction; if one of them cannot be, each in its own, so that nobody fails for a stranger. Where none of them
 * is to blame, nothing is tried again: sixty-four that each wait five seconds for a stuck gate would close it for minutes.
 */
async function settleTogether(
  needs: LaneNeeds,
  workspaceId: string,
  waiting: readonly Waiting[],
): Promise<void> {
  const outcome = await attempt(needs, workspaceId, waiting)
  if (outcome.kind === 'committed') {
    for (const [at, { resolve }] of waiting.entries()) resolve(outcome.values[at])
    return
  }
  if (waiting.length === 1 || outcome.kind === 'failed') {
    for (const { reject } of waiting) reject(outcome.error)
    return
  }
  for (const one of waiting) await settleTogether(needs, workspaceId, [one])
}

type Outcome =
  | { readonly kind: 'committed'; readonly values: readonly unknown[] }
  /** Nothing happened, and one of them may be the reason. */
  | { readonly kind: 'undone'; readonly error: unknown }
  /** Nobody's work is to blame: no connection, no gate, no journal, or a commit whose answer got lost. */
  | { readonly kind: 'failed'; readonly error: unknown }

async function attempt(needs: LaneNeeds, workspaceId: string, waiting: readonly Waiting[]): Promise<Outcome> {
  const client = await needs.pool.connect().catch((error: unknown) => new Unreachable(error))
  if (client instanceof Unreachable) return { kind: 'failed', error: busy(client.cause) }
  const kept: Kept = { rows: [], causes: [], entries: [], lifts: [], facts: [] }
  const at: Progress = { step: 'gate', journalled: [] }
  try {
    await readyStage(client)
    const staged = waiting.flatMap(({ work }) => (isStaged(work) ? [work] : []))
    const verdicts = await openTurn({ client, workspaceId, staged, at })
    const tx = transactionOf({ client, workspaceId, newId: needs.newId, now: needs.now }, kept)
    const values = await perform(tx, waiting, verdicts)
    await appendToOutbox(client, kept.facts)
    // An opt-out lifts nothing, and its caller is told of no lift; everybody else looks for what a crash has left.
    const lifts =
      staged.length === waiting.length ? [] : await keepLifts(needs, client, { workspaceId, kept })
    at.step = 'journal'
    await journalNo(needs, client, { workspaceId, kept, at })
    at.step = 'commit'
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new TypeError('the transaction had failed before its commit')
    if (lifts.length > 0) await readClock(needs, client)
    client.release()
    return await journalLifts(needs, lifts, values)
  } catch (error) {
    return await undo({ needs, client, workspaceId, at }, error)
  }
}

type Turn = Pick<Undone, 'client' | 'workspaceId' | 'at'> & { readonly staged: readonly Staged[] }

/** Begins, and holds the gate alone when this resolves. Answers what became of what was staged. */
async function openTurn({ client, workspaceId, staged, at }: Turn): Promise<readonly StagedVerdict[]> {
  await client.query('begin isolation level read committed')
  at.step = 'work'
  const rows = staged.map(({ kind, input }, ord) => kind.rowOf(input, ord))
  if (rows.length > 0) await copyToStage(client, rows)
  at.step = 'gate'
  const verdicts = rows.length > 0 ? await takeGateAndFinish(client, workspaceId) : []
  if (rows.length === 0) await takeGate(client, workspaceId)
  at.step = 'work'
  return verdicts
}

/** What arrives here after the lifting was answered must be placed after it. Not being told errs to a "no" too many. */
async function readClock({ clock }: LaneNeeds, client: pg.PoolClient): Promise<void> {
  await clock.read(client).catch(() => undefined)
}

/** How far a transaction has come, and which of its entries the journal has by then. */
type Progress = { step: 'gate' | 'work' | 'journal' | 'commit'; journalled: number[] }

async function keepLifts(
  { newId }: LaneNeeds,
  client: pg.PoolClient,
  { workspaceId, kept }: { workspaceId: string; kept: Kept },
): Promise<readonly UnjournalledLift[]> {
  const own = kept.lifts.map((entry) => ({ liftId: newId(), entry }))
  return unjournalledLifts(client).keep(workspaceId, own)
}

/**
 * After the commit. When the journal refuses, the lift stands but would be forgotten by a restore: the caller is told to
 * repeat it, and whoever takes the gate for anything but an opt-out next writes it down.
 */
async function journalLifts(
  needs: LaneNeeds,
  lifts: readonly UnjournalledLift[],
  values: readonly unknown[],
): Promise<Outcome> {
  if (lifts.length === 0) return { kind: 'committed', values }
  return needs.journal.append(lifts.map(({ entry }) => entry)).then(
    () => forgetLifts(needs, lifts).then(() => ({ kind: 'committed', values })),
    (cause: unknown) => ({ kind: 'failed', error: unknownOutcome(cause) }),
  )
}

/** Where this fails they are written once more, which changes nothing. */
async function forgetLifts({ pool }: LaneNeeds, lifts: readonly UnjournalledLift[]): Promise<void> {
  await unjournalledLifts(pool)
    .forget(lifts)
    .catch(() => undefined)
}

type Kept = {
  readonly rows: SuppressionRow[]
  readonly causes: CauseRow[]
  readonly entries: JournalEntry[]
  readonly lifts: JournalEntry[]
  readonly facts: Fact[]
}

type Base = Pick<LaneTransaction, 'client' | 'workspaceId' | 'newId' | 'now'>

function transactionOf(base: Base, kept: Kept): LaneTransaction {
  return {
    ...base,
    keepNo: (rows, causes = []) => {
      kept.rows.push(...rows)
      kept.causes.push(...causes)
    },
    keepEntry: (entry) => kept.entries.push(entry),
    keepLift: (entry) => kept.lifts.push(entry),
    tell: (facts) => kept.facts.push(...facts),
  }
}

/** What was judged on the stage first, each kind at once; then the rest, one after another. */
async function perform(
  tx: LaneTransaction,
  waiting: readonly Waiting[],
  verdicts: readonly StagedVerdict[],
): Promise<unknown[]> {
  const values = new Map<Waiting, unknown>()
  const staged = waiting.filter(({ work }) => isStaged(work))
  const judged = staged.flatMap((one, at) =>
    isStaged(one.work) ? [{ one, ...one.work, verdict: verdicts[at] ?? 'moved' }] : [],
  )
  for (const [kind, ofKind] of Map.groupBy(judged, ({ kind }) => kind)) {
    const outputs = await kind.settle(tx, ofKind)
    for (const [at, { one }] of ofKind.entries()) values.set(one, outputs[at])
  }
  for (const one of waiting) if (!isStaged(one.work)) values.set(one, await one.work(tx))
  return waiting.map((one) => values.get(one))
}

/** Journal first, then commit: a crash in between leaves a "no" too many. Notes the positions, to void them. */
async function journalNo(
  needs: LaneNeeds,
  client: pg.PoolClient,
  { workspaceId, kept, at }: { workspaceId: string; kept: Kept; at: Progress },
): Promise<void> {
  if (kept.rows.length === 0 && kept.entries.length === 0) return
  const known = new Set(kept.causes.map(({ cause }) => cause))
  const unknown = new Set(kept.rows.map(({ cause }) => cause).filter((cause) => !known.has(cause)))
  const read = unknown.size === 0 ? [] : await suppressionsIn(client, workspaceId).causes([...unknown])
  const entries = [...suppressedEntries(workspaceId, kept.rows, [...kept.causes, ...read]), ...kept.entries]
  const last = await needs.journal.append(entries)
  at.journalled = entries.map((_, place) => last - place)
  await noteJournalPosition(client, { workspaceId, nodeId: needs.nodeId, position: last })
}

type Undone = {
  readonly needs: LaneNeeds
  readonly client: pg.PoolClient
  readonly workspaceId: string
  readonly at: Progress
}

/** In the round trip that takes the gate, what was staged may still be refused as data. */
function mayBeToBlame({ step }: Progress, error: unknown): boolean {
  return step === 'work' || step === 'commit' || (step === 'gate' && isRefusedData(error))
}

/** A commit whose answer got lost may have happened: its journal entries stand, and the caller is told to repeat. */
async function undo({ needs, client, workspaceId, at }: Undone, error: unknown): Promise<Outcome> {
  if (at.step === 'commit' && isLost(error)) {
    client.release(true)
    return { kind: 'failed', error: unknownOutcome(error) }
  }
  await client.query('rollback').then(
    () => client.release(),
    () => client.release(true),
  )
  const undone: Outcome = {
    kind: mayBeToBlame(at, error) ? 'undone' : 'failed',
    error: asBusy(error),
  }
  if (at.journalled.length === 0) return undone
  const entry = { workspaceId, at: needs.now().toISOString(), positions: at.journalled }
  return needs.journal.append([{ kind: 'void', ...entry }]).then(
    () => undone,
    // The "no" that was not made stays in the journal, and the next start makes it.
    (cause: unknown) => ({ kind: 'failed', error: unknownOutcome(cause) }),
  )
}

function unknownOutcome(cause: unknown): Problem {
  return new Problem('unknown-outcome', 'Repeat the call.', { retryAfter: 1, cause })
}

/** No connection to be had: nothing was tried. */
class Unreachable {
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

function busy(cause: unknown): Problem {
  return new Problem('gate-busy', 'Nothing was changed; try again.', { retryAfter: 1, cause })
}

/** The connection or the server went away: whether the commit happened is not known. */
function isLost(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === null ? !(error instanceof TypeError) : /^(57|08|XX)/.test(state)
}

/** 55P03: the gate was not free in time; 40P01: a deadlock. Nothing was changed. */
function asBusy(error: unknown): unknown {
  const isBusy = ['55P03', '40P01', '57014'].includes(sqlStateOf(error) ?? '')
  return isBusy ? busy(error) : error
}
