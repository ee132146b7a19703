import type { KeyObject } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChainVerdict, type JournalChain, JournalDamaged, type PositionedEntry } from './journal.ts'
import { journalEntry } from './journal-entry.ts'
import { type ChainFile, type ChainPlace, readChain } from './read-chain.ts'

/** The chains of all nodes that write to this folder, for reading: after a restore each of them must be replayed. */
export async function chainsIn({ folder, key }: { folder: string; key: KeyObject }): Promise<JournalChain[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = (await readdir(folder)).filter((name) => name.endsWith(CHAIN_SUFFIX)).sort()
  return names.map((name) => {
    const nodeId = name.slice(0, -CHAIN_SUFFIX.length)
    return chainFrom({ path: chainPath(folder, nodeId), nodeId, key })
  })
}

/** Where a node's chain lies in the journal's folder. */
export function chainPath(folder: string, nodeId: string): string {
  return join(folder, `${nodeId}${CHAIN_SUFFIX}`)
}

const CHAIN_SUFFIX = '.journal'

export function chainFrom(file: ChainFile): JournalChain {
  return {
    nodeId: file.nodeId,
    readAfter: (position) => entriesAfter(file, position),
    reader() {
      const place: { reached?: ChainPlace } = {}
      return { next: () => entriesFrom(file, place) }
    },
  }
}

async function* entriesAfter(file: ChainFile, after: number): AsyncGenerator<PositionedEntry> {
  for await (const entry of entriesFrom(file, {})) if (entry.position > after) yield entry
}

async function* entriesFrom(
  file: ChainFile,
  place: { reached?: ChainPlace },
): AsyncGenerator<PositionedEntry> {
  for await (const record of readChain(file, place.reached)) {
    if (record.kind === 'damaged') throw new JournalDamaged({ nodeId: file.nodeId, ...record })
    if (record.kind === 'torn') continue
    place.reached = record
    yield { position: record.end.position, entry: journalEntry.parse(JSON.parse(record.entryText)) }
  }
}

/** Proves a chain without opening it for writing. */
export async function verifyChain(file: ChainFile): Promise<ChainVerdict> {
  let lastPosition = 0
  for await (const record of readChain(file)) {
    if (record.kind === 'damaged') return record
    if (record.kind === 'entry') lastPosition = record.end.position
  }
  return { kind: 'intact', lastPosition }
}
