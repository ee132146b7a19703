import type { KeyObject } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { JournalEntry } from './journal-entry.ts'
import { type ChainEnd, writeLine } from './journal-line.ts'

type Waiting = {
  readonly entries: readonly JournalEntry[]
  readonly resolve: (position: number) => void
  readonly reject: (reason: unknown) => void
}

type Tail = { readonly end: ChainEnd; readonly endOffset: number }

/**
 * Appends to a chain: whatever waits while a write is under way goes into the next write and fsync together, so that a
 * thousand opt-outs at once cost a few fsyncs.
 */
export function appendQueue(opened: Tail & { readonly handle: FileHandle; readonly key: KeyObject }) {
  const { handle, key } = opened
  let tail: Tail = opened
  let waiting: Waiting[] = []
  let writing: Promise<void> | null = null
  let closed: Error | null = null

  /** Never rejects: each caller learns its own fate from its own promise. */
  async function writeAllWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const taken = waiting
      waiting = []
      await writeTogether(taken).catch((cause: unknown) => refuse(taken, cause))
    }
    writing = null
  }

  async function writeTogether(taken: readonly Waiting[]): Promise<void> {
    if (closed !== null) throw closed
    const { text, positions, end } = chainTogether(key, tail.end, taken)
    const bytes = Buffer.from(text)
    const { size } = await handle.stat()
    if (size !== tail.endOffset) throw close('another process has written to this node’s no-journal')
    await handle.appendFile(bytes)
    await handle.datasync()
    tail = { end, endOffset: tail.endOffset + bytes.length }
    for (const [at, { resolve }] of taken.entries()) resolve(positions[at] ?? end.position)
  }

  /** Takes the half-written lines back, so that the next call can go on; a disk that refuses this too ends the journal. */
  async function refuse(taken: readonly Waiting[], cause: unknown): Promise<void> {
    if (closed === null)
      await cutBack().catch(() => close('the disk refused a write and then its removal; restart to go on'))
    const reason = closed ?? new Error('the no-journal could not be written', { cause })
    for (const { reject } of taken) reject(reason)
  }

  async function cutBack(): Promise<void> {
    await handle.truncate(tail.endOffset)
    await handle.sync()
  }

  function close(why: string): Error {
    closed = new Error(`the no-journal is closed: ${why}`)
    return closed
  }

  return {
    append(entries: readonly JournalEntry[]): Promise<number> {
      if (closed !== null) return Promise.reject(closed)
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      waiting.push({ entries, resolve, reject })
      writing ??= writeAllWaiting()
      return promise
    },
    lastPosition: () => tail.end.position,
    async close(): Promise<void> {
      await writing
      if (closed === null) close('Heed is stopping')
      await handle.close()
    },
  }
}

function chainTogether(key: KeyObject, from: ChainEnd, taken: readonly Waiting[]) {
  let end = from
  let text = ''
  const positions: number[] = []
  for (const { entries } of taken) {
    for (const entry of entries) {
      const written = writeLine(key, end, JSON.stringify(entry))
      text += written.line
      end = written.end
    }
    positions.push(end.position)
  }
  return { text, positions, end }
}
