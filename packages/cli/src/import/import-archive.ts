import type { HeedClient } from '@heed/sdk'
import { type ArchiveFile, readArchive } from './archive-file.ts'
import { type ImportState, writeState } from './import-state.ts'
import { type EventLine, readEventLine } from './read-event-line.ts'
import { sendBatch } from './send-batch.ts'
import { splitLines } from './split-lines.ts'
import { addToTally, type Outcome } from './tally.ts'

export type Import = {
  readonly heed: HeedClient
  readonly writeKey: string
  readonly archive: ArchiveFile
  /** Where it goes on from. */
  readonly state: ImportState
  readonly stateFile: string
  readonly now: () => Date
  /** Told after every batch, with the bytes of the file that have been read. */
  readonly onProgress: (bytesRead: number, state: ImportState) => void
}

/** What a source takes at once unless its settings say less, with room for the envelope. */
const BATCH = { events: 2_500, bytes: 500 * 1024 - 1024 }

/**
 * Hands in every line that has no verdict yet, in the order of the file: an opt-out in it must come before what follows it.
 * The progress file is written after each batch that was acknowledged; what a kill falls in between is sent again and
 * recognised by its message ids.
 */
export async function importArchive(task: Import): Promise<ImportState> {
  const { archive, stateFile, now, onProgress } = task
  const reading = readArchive(archive)
  let state = task.state
  for await (const batch of batchesOf(linesAfter(state.lines, reading.chunks, archive.digest))) {
    const outcomes = await outcomesOf(task, batch)
    const lines = batch.at(-1)?.line ?? state.lines
    state = { ...state, lines, tally: addToTally(state.tally, outcomes) }
    await writeState(stateFile, state)
    onProgress(reading.bytesRead(), state)
  }
  state = { ...state, finishedAt: now().toISOString() }
  await writeState(stateFile, state)
  return state
}

async function* linesAfter(
  done: number,
  chunks: AsyncIterable<Buffer>,
  digest: string,
): AsyncGenerator<EventLine> {
  for await (const line of splitLines(chunks)) if (line.number > done) yield readEventLine(line, digest)
}

/** As many lines as make one call; those that are no events ride along, so that the progress file covers them. */
async function* batchesOf(lines: AsyncIterable<EventLine>): AsyncGenerator<readonly EventLine[]> {
  let batch: EventLine[] = []
  let bytes = 0
  for await (const line of lines) {
    const size = line.kind === 'event' ? line.bytes + 1 : 0
    if (batch.length >= BATCH.events || (bytes > 0 && bytes + size > BATCH.bytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(line)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

async function outcomesOf(
  { heed, writeKey }: Import,
  batch: readonly EventLine[],
): Promise<readonly Outcome[]> {
  const sent = await sendBatch(
    { heed, writeKey },
    batch.filter((line) => line.kind === 'event'),
  )
  const malformed = batch.flatMap(({ kind, line }): Outcome[] =>
    kind === 'malformed' ? [{ line, verdict: { kind } }] : [],
  )
  return [...sent, ...malformed]
}
