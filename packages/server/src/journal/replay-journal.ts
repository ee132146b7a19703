import type { Pool } from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { raiseShown } from '../audit/shown-checkpoint.store.ts'
import { takeGate } from '../gate/gate.ts'
import { CannotStart } from '../store/cannot-start.ts'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { raiseFactSeq } from './fact-seq.store.ts'
import type { JournalChain } from './journal.ts'
import type { JournalEntry } from './journal-entry.ts'
import { type JournalState, journalStates, noteJournalPosition } from './journal-state.store.ts'
import { inOrder, joinChains, type Pending, pendingIn } from './pending-entries.ts'
import { liftAgain, openAgain } from './replayed-suppressions.store.ts'

type Replaying = {
  readonly pool: Pool
  /** Of every node that ever wrote, not only this one's. */
  readonly chains: readonly JournalChain[]
  readonly now: () => Date
  readonly newId: () => string
}

export type JournalReplay = {
  /** Entries the database did not know, suppression rows written again, rows closed again, entries that never held. */
  readonly entries: number
  readonly opened: number
  readonly lifted: number
  readonly voided: number
  /** Workspaces the journal names and this database has never heard of; their entries wait for a newer backup. */
  readonly unknownWorkspaces: readonly string[]
  /** Chains that hold less than the database knows of: the journal was lost, or an older copy of it put back. */
  readonly behind: readonly (JournalState & { readonly found: number })[]
}

/**
 * Makes true again what the journal says and the database does not know: a restored backup is older than the "no"s made
 * since. To be finished before this node takes its first event. Doing it twice, or on two nodes at once, changes nothing more.
 * @throws JournalDamaged
 */
export async function replayJournal({ pool, chains, now, newId }: Replaying): Promise<JournalReplay> {
  const known = await inTransaction(pool, journalStates)
  const read = await Promise.all(chains.map((chain) => pendingIn(chain, known)))
  const pending = joinChains(read)
  await inTransaction(pool, (client) => raiseFactSeq(client, highestSeq(pending)))
  const replays: WorkspaceReplay[] = []
  for (const [workspaceId, ofWorkspace] of pending) {
    const work = { workspaceId, pending: ofWorkspace, at: now(), factId: newId() }
    replays.push(await inTransaction(pool, (client) => replayUnderGate(client, work)))
  }
  return { ...sumOf(replays), behind: chainsBehind(known, read) }
}

/** A restored sequence would give numbers again that the journal has already used. */
function highestSeq(pending: ReadonlyMap<string, Pending>): number {
  let highest = 0
  for (const { entries } of pending.values())
    for (const entry of entries) if ('seq' in entry) highest = Math.max(highest, entry.seq)
  return highest
}

type WorkspaceReplay = {
  readonly workspaceId: string
  readonly isKnown: boolean
  readonly entries: number
  readonly opened: number
  readonly lifted: number
  readonly voided: number
}

type WorkspaceWork = {
  readonly workspaceId: string
  readonly pending: Pending
  readonly at: Date
  readonly factId: string
}

async function replayUnderGate(client: Transaction, work: WorkspaceWork): Promise<WorkspaceReplay> {
  const { workspaceId, pending } = work
  await takeGate(client, workspaceId)
  if (!(await isWorkspace(client, workspaceId)))
    return { workspaceId, isKnown: false, entries: 0, opened: 0, lifted: 0, voided: 0 }
  refuseUnknown(pending.entries)
  const opened = await openAll(client, pending.entries)
  const lifted = await liftAll(client, pending.entries)
  const isLogShorter = await raiseAllShown(client, pending.entries)
  for (const [nodeId, position] of pending.reached)
    await noteJournalPosition(client, { workspaceId, nodeId, position })
  const replay = {
    workspaceId,
    isKnown: true,
    entries: pending.entries.length,
    opened,
    lifted,
    voided: pending.voided,
  }
  if (opened + lifted > 0 || isLogShorter) await tell(client, work, replay)
  return replay
}

async function isWorkspace(client: Transaction, workspaceId: string): Promise<boolean> {
  const { rowCount } = await client.query('select from workspace where workspace_id = $1', [workspaceId])
  return rowCount === 1
}

/** An entry that is skipped is a "no" forgotten. */
function refuseUnknown(entries: readonly JournalEntry[]): void {
  const unknown = entries.find(({ kind }) => !APPLIED.has(kind))
  if (unknown !== undefined)
    throw new CannotStart(
      `The no-journal holds an entry of kind "${unknown.kind}", which this version of Heed cannot apply. ` +
        'Start the version that wrote it.',
    )
}

const APPLIED: ReadonlySet<JournalEntry['kind']> = new Set(['suppressed', 'unsuppressed', 'checkpoint'])

const ENTRIES_A_STATEMENT = 1_000

async function openAll(client: Transaction, entries: readonly JournalEntry[]): Promise<number> {
  const suppressed = inOrder(entries, 'suppressed')
  let opened = 0
  for (let from = 0; from < suppressed.length; from += ENTRIES_A_STATEMENT)
    opened += await openAgain(client, suppressed.slice(from, from + ENTRIES_A_STATEMENT))
  return opened
}

/** After all openings: a lifting names its causes and closes only what began before it, so the two need no common order. */
async function liftAll(client: Transaction, entries: readonly JournalEntry[]): Promise<number> {
  let lifted = 0
  for (const entry of inOrder(entries, 'unsuppressed')) lifted += await liftAgain(client, entry)
  return lifted
}

async function raiseAllShown(client: Transaction, entries: readonly JournalEntry[]): Promise<boolean> {
  const shown = entries
    .filter((entry) => entry.kind === 'checkpoint')
    .sort((a, b) => a.at.localeCompare(b.at))
  const newest = new Map(shown.map((entry) => [entry.origin, entry]))
  let isShorter = false
  for (const entry of newest.values()) isShorter = await raiseShown(client, entry)
  return isShorter
}

async function tell(
  client: Transaction,
  { at, factId }: WorkspaceWork,
  replay: WorkspaceReplay,
): Promise<void> {
  const { workspaceId, entries, opened, lifted, voided } = replay
  await appendToOutbox(client, [
    {
      workspaceId,
      outboxId: factId,
      kind: 'restore-replayed',
      occurredAt: at,
      actor: 'system',
      subjectId: null,
      body: { entries, opened, lifted, voided },
    },
  ])
}

function sumOf(replays: readonly WorkspaceReplay[]): Omit<JournalReplay, 'behind'> {
  const total = (count: 'entries' | 'opened' | 'lifted' | 'voided') =>
    replays.reduce((sum, replay) => sum + replay[count], 0)
  return {
    entries: total('entries'),
    opened: total('opened'),
    lifted: total('lifted'),
    voided: total('voided'),
    unknownWorkspaces: replays.filter(({ isKnown }) => !isKnown).map(({ workspaceId }) => workspaceId),
  }
}

function chainsBehind(
  known: readonly JournalState[],
  read: readonly { nodeId: string; lastPosition: number }[],
): JournalReplay['behind'] {
  const found = new Map(read.map(({ nodeId, lastPosition }) => [nodeId, lastPosition]))
  return known
    .map((state) => ({ ...state, found: found.get(state.nodeId) ?? 0 }))
    .filter((state) => state.found < state.position)
}
