import type { JournalChain } from './journal.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { JournalState } from './journal-state.store.ts'

/** What one workspace's database does not hold yet, over all nodes. */
export type Pending = {
  readonly entries: JournalEntry[]
  readonly voided: number
  /** Where each node's chain stood when it was read. */
  readonly reached: ReadonlyMap<string, number>
}

/** Entries of one chain by workspace, without what the database knows and what was voided, and the chain's end. */
export async function pendingIn(chain: JournalChain, known: readonly JournalState[]) {
  const knownHere = new Map(
    known
      .filter((state) => state.nodeId === chain.nodeId)
      .map((state) => [state.workspaceId, state.position]),
  )
  const later: { position: number; entry: JournalEntry }[] = []
  const voided = new Set<number>()
  let lastPosition = 0
  for await (const { position, entry } of chain.readAfter(0)) {
    lastPosition = position
    if (position <= (knownHere.get(entry.workspaceId) ?? 0)) continue
    if (entry.kind === 'void') for (const at of entry.positions) voided.add(at)
    later.push({ position, entry })
  }
  return { nodeId: chain.nodeId, lastPosition, byWorkspace: groupByWorkspace(later, voided) }
}

type PendingInChain = Awaited<ReturnType<typeof pendingIn>>

type OfWorkspace = { readonly entries: JournalEntry[]; voided: number; reached: number }

function groupByWorkspace(
  later: readonly { position: number; entry: JournalEntry }[],
  voided: ReadonlySet<number>,
): ReadonlyMap<string, OfWorkspace> {
  const groups = new Map<string, OfWorkspace>()
  for (const { position, entry } of later) {
    const group = groups.get(entry.workspaceId) ?? { entries: [], voided: 0, reached: 0 }
    groups.set(entry.workspaceId, group)
    group.reached = position
    if (voided.has(position)) group.voided += 1
    else if (entry.kind !== 'void') group.entries.push(entry)
  }
  return groups
}

/** Joins what the chains of all nodes hold, in the order of the database they were written for. */
export function joinChains(chains: readonly PendingInChain[]): ReadonlyMap<string, Pending> {
  const workspaces = new Set(chains.flatMap(({ byWorkspace }) => [...byWorkspace.keys()]))
  return new Map([...workspaces].map((workspaceId) => [workspaceId, joinWorkspace(chains, workspaceId)]))
}

function joinWorkspace(chains: readonly PendingInChain[], workspaceId: string): Pending {
  const parts = chains.flatMap(({ nodeId, byWorkspace }) => {
    const group = byWorkspace.get(workspaceId)
    return group === undefined ? [] : [{ nodeId, ...group }]
  })
  return {
    entries: parts.flatMap(({ entries }) => entries),
    voided: parts.reduce((sum, part) => sum + part.voided, 0),
    reached: new Map(parts.map(({ nodeId, reached }) => [nodeId, reached])),
  }
}

/** Entries of one kind, in the order of their `seq`. */
export function inOrder<Kind extends 'suppressed' | 'unsuppressed'>(
  entries: readonly JournalEntry[],
  kind: Kind,
): Extract<JournalEntry, { kind: Kind }>[] {
  return entries
    .filter((entry): entry is Extract<JournalEntry, { kind: Kind }> => entry.kind === kind)
    .sort((a, b) => seqOf(a) - seqOf(b))
}

function seqOf(entry: JournalEntry): number {
  return 'seq' in entry ? entry.seq : 0
}
