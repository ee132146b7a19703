import type { KeyObject } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type ChainEnd, chainStart, isTorn, readLine } from './journal-line.ts'

export type ChainFile = { readonly path: string; readonly nodeId: string; readonly key: KeyObject }

/** What a chain holds, line by line. `endOffset` is the byte after the line feed. */
export type ChainRecord =
  | { readonly kind: 'entry'; readonly entryText: string; readonly end: ChainEnd; readonly endOffset: number }
  | { readonly kind: 'damaged'; readonly position: number; readonly reason: string }
  /** The beginning of a line whose write never returned, so nobody was told that it holds. Only ever the last record. */
  | { readonly kind: 'torn' }

/** A proven place in a chain, from which it can be read on. */
export type ChainPlace = { readonly end: ChainEnd; readonly endOffset: number }

/** Reads a chain, proving every line; ends at the first one that is not what must follow. From its beginning, or read on. */
export async function* readChain(
  file: ChainFile,
  from: ChainPlace = { end: chainStart(file.key, file.nodeId), endOffset: 0 },
): AsyncGenerator<ChainRecord> {
  let { end, endOffset } = from
  for await (const { bytes, isComplete } of lines(file.path, endOffset)) {
    if (!isComplete && isTorn(bytes)) return yield { kind: 'torn' }
    const reading = readLine(file.key, end, bytes.toString('utf8'))
    if (reading.kind === 'damaged')
      return yield { kind: 'damaged', position: end.position + 1, reason: reading.reason }
    end = reading.end
    endOffset += bytes.length + 1
    yield { kind: 'entry', entryText: reading.entryText, end, endOffset }
  }
}

const LINE_FEED = 0x0a

/** Bytes, not characters: what is no UTF-8 must reach the MAC as damage and not shift the offsets. */
async function* lines(path: string, start: number): AsyncGenerator<{ bytes: Buffer; isComplete: boolean }> {
  let pieces: Buffer[] = []
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { start, highWaterMark: 1 << 18 })
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      pieces.push(chunk.subarray(from, at))
      yield { bytes: Buffer.concat(pieces), isComplete: true }
      pieces = []
      from = at + 1
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from))
  }
  if (pieces.length > 0) yield { bytes: Buffer.concat(pieces), isComplete: false }
}
