import { CannotStart } from '../store/cannot-start.ts'
import type { JournalEntry } from './journal-entry.ts'

/** An entry and its place in its node's chain: 1, 2, 3 … without gaps. */
export type PositionedEntry = { readonly position: number; readonly entry: JournalEntry }

/** One node's entries in order. Every read proves the chain from its beginning. */
export type JournalChain = {
  readonly nodeId: string
  /** @throws JournalDamaged at the first entry that is not what was written. */
  readonly readAfter: (position: number) => AsyncIterable<PositionedEntry>
  /** A reader that goes on, each time it is asked, where it ended before: what a living node has written since. */
  readonly reader: () => { readonly next: () => AsyncIterable<PositionedEntry> }
}

/**
 * This node's no-journal, open for writing: what the database must not forget, kept outside the database.
 *
 * An entry that makes a "no" is appended before the commit, one that lifts it after; a commit that failed after its
 * entry appends `void`. A crash in between leaves a "no" too many, never one too few.
 */
export type Journal = JournalChain & {
  /**
   * Resolves with the position of the last entry when all of them are durable. Calls that wait share one write.
   * @throws when the disk refused; nothing of the call is in the journal then, and the "no" must not be acknowledged.
   */
  readonly append: (entries: readonly JournalEntry[]) => Promise<number>
  /** The last durable position; 0 for a new journal. */
  readonly lastPosition: () => number
  readonly verify: () => Promise<ChainVerdict>
  readonly close: () => Promise<void>
}

export type ChainVerdict =
  | { readonly kind: 'intact'; readonly lastPosition: number }
  | { readonly kind: 'damaged'; readonly position: number; readonly reason: string }

/** The journal is not what Heed wrote. Nothing is repaired: the operator decides which copy to trust. */
export class JournalDamaged extends CannotStart {
  readonly position: number
  readonly reason: string

  constructor(where: { nodeId: string; position: number; reason: string }) {
    super(
      `the no-journal of node ${where.nodeId} is damaged at entry ${where.position}: ${where.reason}. ` +
        'Put back an intact copy of the file; Heed does not start without it, because it would forget a "no".',
    )
    this.position = where.position
    this.reason = where.reason
  }
}
