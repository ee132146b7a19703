import type { Pool } from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { raiseShown } from '../audit/shown-checkpoint.store.ts'
import { takeGate } from '../gate/gate.ts'
import { CannotStart } from '../store/cannot-start.ts'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { raiseFactSeq } from './fact-seq.store.ts'
import type { JournalChain } from './journal.ts'
import type { JournalEntry, PersonEntry } from './journal-entry.ts'
import { type JournalState, journalStates, noteJournalPosition } from './journal-state.store.ts'
import { type ChainFollower, followChains, inOrder, type Pending } from './pending-entries.ts'
import { liftAgain, openAgain } from './replayed-suppressions.store.ts'

type Replaying = {
  readonly pool: Pool
  /** Of every node that ever wrote, not only this one's. */
  readonly chains: readonly JournalChain[]
  readonly now: () => Date
  readonly newId: () => string
  /** Makes true again what happened to people's data. In the same transaction, with the gate taken alone. */
  readonly replayPeople: ReplayPeople
  /** The other nodes that are alive. */
  readonly livingNodes: (client: Transaction) => Promise<ReadonlySet<string>>
  /** A moment, while a living node writes down what became of its "no"; about a second. */
  readonly pause: () => Promise<void>
}

/** In the order of their `seq`. */
export type ReplayPeople = (
  client: Transaction,
  workspaceId: string,
  entries: readonly PersonEntry[],
) => Promise<PeopleReplay>

/** People who are erased again, erases that are reversed again, keys that are destroyed again. */
export type PeopleReplay = { readonly erased: number; readonly reversed: number; readonly destroyed: number }

export type JournalReplay = PeopleReplay & {
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
export async function replayJournal(replaying: Replaying): Promise<JournalReplay> {
  const { pool, chains } = replaying
  const known = await inTransaction(pool, journalStates)
  const follower = followChains(chains, known)
  await follower.readOn()
  const highest = highestSeq(follower, known)
  await inTransaction(pool, (client) => raiseFactSeq(client, highest))
  const replays: WorkspaceReplay[] = []
  const patience = { pausesLeft: MOST_PAUSES }
  for (const workspaceId of follower.workspaces())
    replays.push(await replayWorkspace(replaying, { workspaceId, follower, patience }))
  return { ...sumOf(replays), behind: chainsBehind(known, follower.lastPositions()) }
}

/** A restored sequence would give numbers again that the journal has already used. */
function highestSeq(follower: ChainFollower, known: readonly JournalState[]): number {
  let highest = 0
  for (const workspaceId of follower.workspaces())
    for (const entry of follower.pendingOf(workspaceId, known).entries)
      if ('seq' in entry) highest = Math.max(highest, entry.seq)
  return highest
}

type WorkspaceReplay = Omit<JournalReplay, 'behind' | 'unknownWorkspaces'> & {
  readonly workspaceId: string
  readonly isKnown: boolean
}

type WorkspaceWork = {
  readonly workspaceId: string
  readonly follower: ChainFollower
  readonly patience: Patience
}

/** Longer than it takes a node to write down that what it had announced did not happen. Spent once, not for each workspace. */
const MOST_PAUSES = 3

type Patience = { pausesLeft: number }

async function replayWorkspace(replaying: Replaying, work: WorkspaceWork): Promise<WorkspaceReplay> {
  for (;;) {
    const replay = await inTransaction(replaying.pool, (client) =>
      replayUnderGate(client, { ...replaying, ...work }),
    )
    if (replay !== 'undecided') return replay
    work.patience.pausesLeft -= 1
    await replaying.pause()
  }
}

type UnderGate = Replaying & WorkspaceWork

/**
 * The chains are read on, and what the database knows is read again, with the gate taken: by then whoever announced a "no"
 * has committed it, or has been cut off. In the second case a living node writes within moments that it is void, so its
 * entries are waited for; when nothing comes they are applied, because a "no" too many is the safe mistake.
 */
async function replayUnderGate(client: Transaction, work: UnderGate): Promise<WorkspaceReplay | 'undecided'> {
  const { workspaceId, follower, patience } = work
  await takeGate(client, workspaceId)
  if (!(await isWorkspace(client, workspaceId))) return { ...NOTHING, workspaceId, isKnown: false }
  await follower.readOn()
  const pending = follower.pendingOf(workspaceId, await journalStates(client, workspaceId))
  refuseUnknown(pending.entries)
  if (patience.pausesLeft > 0 && (await mayBeVoided(client, work, pending))) return 'undecided'
  const opened = await openAll(client, pending.entries)
  const lifted = await liftAll(client, pending.entries)
  const people = await replayAllPeople(client, work, pending)
  const isLogShorter = await raiseAllShown(client, pending.entries)
  for (const [nodeId, position] of pending.reached)
    await noteJournalPosition(client, { workspaceId, nodeId, position })
  const { entries, voided } = pending
  const replay = { workspaceId, isKnown: true, entries: entries.length, opened, lifted, voided, ...people }
  if (hasChanged(replay) || isLogShorter) await tell(client, work, replay)
  return replay
}

const NOTHING = { entries: 0, opened: 0, lifted: 0, voided: 0, erased: 0, reversed: 0, destroyed: 0 }

async function mayBeVoided(
  client: Transaction,
  { livingNodes }: UnderGate,
  { saidNo }: Pending,
): Promise<boolean> {
  if (saidNo.size === 0) return false
  const living = await livingNodes(client)
  return [...saidNo].some((nodeId) => living.has(nodeId))
}

async function replayAllPeople(
  client: Transaction,
  { workspaceId, replayPeople }: UnderGate,
  { entries }: Pending,
): Promise<PeopleReplay> {
  const about = entries.filter((entry) => 'keyIds' in entry).sort((a, b) => a.seq - b.seq)
  if (about.length === 0) return { erased: 0, reversed: 0, destroyed: 0 }
  return replayPeople(client, workspaceId, about)
}

/** Did the database not hold what the journal says? */
export function hasChanged(replay: PeopleReplay & Pick<JournalReplay, 'opened' | 'lifted'>): boolean {
  const { opened, lifted, erased, reversed, destroyed } = replay
  return opened + lifted + erased + reversed + destroyed > 0
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

const APPLIED: ReadonlySet<JournalEntry['kind']> = new Set([
  'suppressed',
  'unsuppressed',
  'erased',
  'reversed',
  'key-destroyed',
  'checkpoint',
])

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
  { now, newId }: UnderGate,
  { workspaceId, isKnown: _, ...counts }: WorkspaceReplay,
): Promise<void> {
  await appendToOutbox(client, [
    {
      workspaceId,
      outboxId: newId(),
      kind: 'restore-replayed',
      occurredAt: now(),
      actor: 'system',
      subjectId: null,
      body: counts,
    },
  ])
}

function sumOf(replays: readonly WorkspaceReplay[]): Omit<JournalReplay, 'behind'> {
  const total = (count: keyof typeof NOTHING) => replays.reduce((sum, replay) => sum + replay[count], 0)
  return {
    entries: total('entries'),
    opened: total('opened'),
    lifted: total('lifted'),
    voided: total('voided'),
    erased: total('erased'),
    reversed: total('reversed'),
    destroyed: total('destroyed'),
    unknownWorkspaces: replays.filter(({ isKnown }) => !isKnown).map(({ workspaceId }) => workspaceId),
  }
}

function chainsBehind(
  known: readonly JournalState[],
  lastPositions: ReadonlyMap<string, number>,
): JournalReplay['behind'] {
  return known
    .map((state) => ({ ...state, found: lastPositions.get(state.nodeId) ?? 0 }))
    .filter((state) => state.found < state.position)
}
