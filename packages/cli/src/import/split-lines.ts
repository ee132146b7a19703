/** One line of a file, numbered from 1. `bytes` is null when it was longer than any event may be. */
export type FileLine = { readonly number: number; readonly bytes: Buffer | null }

/** No source takes a larger event; a file without line ends must not fill the memory. */
const LONGEST_LINE_BYTES = 1024 * 1024

const LINE_FEED = 0x0a

/** Cuts bytes into lines, the last one with or without its end. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileLine> {
  let pieces: Buffer[] = []
  let size = 0
  let number = 1
  const add = (piece: Buffer): void => {
    size += piece.length
    if (size <= LONGEST_LINE_BYTES) pieces.push(piece)
    else pieces = []
  }
  const take = (): FileLine => {
    const line = { number, bytes: size <= LONGEST_LINE_BYTES ? Buffer.concat(pieces) : null }
    number += 1
    pieces = []
    size = 0
    return line
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, at))
      yield take()
      from = at + 1
    }
    if (from < chunk.length) add(chunk.subarray(from))
  }
  if (size > 0) yield take()
}
