import type { JournalChain, PositionedEntry } from './journal.ts'
import type { EntryOf, JournalEntry } from './journal-entry.ts'
import type { JournalState } from './journal-state.store.ts'

/** What one workspace's database does not hold yet, over all nodes. */
export type Pending = {
  readonly entries: readonly JournalEntry[]
  readonly voided: number
  /** Where each node's chain stood when it was read. */
  readonly reached: ReadonlyMap<string, number>
  /** The nodes that wrote a "no" among the entries. */
  readonly saidNo: ReadonlySet<string>
}

export type ChainFollower = {
  /** Reads what has come to the chains since. */
  readonly readOn: () => Promise<void>
  readonly workspaces: () => readonly string[]
  /** Without what `known` says that the database holds. */
  readonly pendingOf: (workspaceId: string, known: readonly JournalState[]) => Pending
  readonly lastPositions: () => ReadonlyMap<string, number>
}

type Followed = {
  readonly nodeId: string
  readonly next: () => AsyncIterable<PositionedEntry>
  readonly later: Map<string, PositionedEntry[]>
  lastPosition: number
}

/**
 * Follows the chains of all nodes from their beginnings. What the database knew at the start is not kept in memory.
 * Positions are known by node and workspace.
 */
export function followChains(chains: readonly JournalChain[], known: readonly JournalState[]): ChainFollower {
  const followed = chains.map(
    (chain): Followed => ({
      nodeId: chain.nodeId,
      next: chain.reader().next,
      later: new Map(),
      lastPosition: 0,
    }),
  )
  return {
    async readOn() {
      for (const chain of followed) await readChainOn(chain, positionsIn(known, chain.nodeId))
    },
    workspaces: () => [...new Set(followed.flatMap(({ later }) => [...later.keys()]))],
    pendingOf: (workspaceId, states) => pendingOf(followed, workspaceId, states),
    lastPositions: () => new Map(followed.map(({ nodeId, lastPosition }) => [nodeId, lastPosition])),
  }
}

/** What the database knows of one node's chain, by workspace. */
function positionsIn(states: readonly JournalState[], nodeId: string): ReadonlyMap<string, number> {
  const own = states.filter((state) => state.nodeId === nodeId)
  return new Map(own.map(({ workspaceId, position }) => [workspaceId, position]))
}

async function readChainOn(chain: Followed, known: ReadonlyMap<string, number>): Promise<void> {
  for await (const positioned of chain.next()) {
    const { workspaceId } = positioned.entry
    chain.lastPosition = positioned.position
    if (positioned.position <= (known.get(workspaceId) ?? 0)) continue
    const later = chain.later.get(workspaceId) ?? []
    chain.later.set(workspaceId, later)
    later.push(positioned)
  }
}

function pendingOf(
  chains: readonly Followed[],
  workspaceId: string,
  states: readonly JournalState[],
): Pending {
  const parts = chains.flatMap((chain) => {
    const known = positionsIn(states, chain.nodeId).get(workspaceId) ?? 0
    const later = (chain.later.get(workspaceId) ?? []).filter(({ position }) => position > known)
    return later.length === 0 ? [] : [{ nodeId: chain.nodeId, ...withoutVoid(later) }]
  })
  return {
    entries: parts.flatMap(({ entries }) => entries),
    voided: parts.reduce((sum, part) => sum + part.voided, 0),
    reached: new Map(parts.map(({ nodeId, reached }) => [nodeId, reached])),
    saidNo: new Set(parts.filter(({ entries }) => entries.some(isNo)).map(({ nodeId }) => nodeId)),
  }
}

function withoutVoid(later: readonly PositionedEntry[]) {
  const voided = new Set(later.flatMap(({ entry }) => (entry.kind === 'void' ? entry.positions : [])))
  const entries = later.flatMap(({ position, entry }) =>
    entry.kind === 'void' || voided.has(position) ? [] : [entry],
  )
  const held = later.filter(({ position }) => voided.has(position))
  return { entries, voided: held.length, reached: later.at(-1)?.position ?? 0 }
}

function isNo({ kind }: JournalEntry): boolean {
  return kind === 'suppressed' || kind === 'erased'
}

/** Entries of one kind, in the order of their `seq`. */
export function inOrder<Kind extends 'suppressed' | 'unsuppressed'>(
  entries: readonly JournalEntry[],
  kind: Kind,
): EntryOf<Kind>[] {
  return entries
    .filter((entry): entry is EntryOf<Kind> => entry.kind === kind)
    .sort((a, b) => seqOf(a) - seqOf(b))
}

function seqOf(entry: JournalEntry): number {
  return 'seq' in entry ? entry.seq : 0
}
