import { z } from 'zod'
import { CannotStart } from '../cannot-start.ts'

/**
 * A backup is one gzip stream of frames: a letter, the length of what follows as 4 bytes (big-endian), and that many bytes.
 *
 * `H` the header (JSON), once, first · then for every table `T` its start (JSON), any number of `D` pieces of its rows in
 * PostgreSQL's binary COPY format, and `E` its end (JSON, with the SHA-256 of all its pieces) · `S` the sequences (JSON) ·
 * `Z` the end. A file without `Z` was cut off.
 */
export type Frame =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'table'; readonly table: BackupTable }
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'table-end'; readonly end: TableEnd }
  | { readonly kind: 'sequences'; readonly sequences: readonly BackupSequence[] }
  | { readonly kind: 'end' }

const migration = z.object({ version: z.int(), name: z.string(), checksum: z.hex() })
const table = z.object({ name: z.string(), columns: z.array(z.string()) })
const tableEnd = z.object({ name: z.string(), rows: z.int(), sha256: z.hex() })
const sequence = z.object({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })
const header = z.object({
  format: z.literal('heed-backup'),
  formatVersion: z.literal(1),
  takenAt: z.iso.datetime(),
  postgres: z.string(),
  migrations: z.array(migration),
  /** The months that `event` had partitions for, as `YYYY-MM`. */
  eventMonths: z.array(z.string().regex(/^\d{4}-\d{2}$/)),
})

export type BackupHeader = z.infer<typeof header>
export type BackupTable = z.infer<typeof table>
export type TableEnd = z.infer<typeof tableEnd>
export type BackupSequence = z.infer<typeof sequence>

export function encodeFrame(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'header':
      return encode('H', json(frame.header))
    case 'table':
      return encode('T', json(frame.table))
    case 'data':
      return encode('D', frame.data)
    case 'table-end':
      return encode('E', json(frame.end))
    case 'sequences':
      return encode('S', json(frame.sequences))
    case 'end':
      return encode('Z', Buffer.alloc(0))
  }
}

/** Throws `CannotStart` for anything that is not a whole backup of a format this version knows. */
export async function* decodeFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    for (let size = frameSize(rest); size !== null && rest.length >= size; size = frameSize(rest)) {
      yield decode(String.fromCharCode(rest[0] ?? 0), rest.subarray(HEAD, size))
      rest = rest.subarray(size)
    }
  }
  if (rest.length > 0) throw new CannotStart('The backup ends in the middle; it was cut off.')
}

const HEAD = 5
const LARGEST_FRAME = 64 * 1024 * 1024

function frameSize(bytes: Buffer): number | null {
  if (bytes.length < HEAD) return null
  const length = bytes.readUInt32BE(1)
  if (length > LARGEST_FRAME) throw new CannotStart('This is not a Heed backup, or it is damaged.')
  return HEAD + length
}

function decode(letter: string, payload: Buffer): Frame {
  switch (letter) {
    case 'H':
      return { kind: 'header', header: parse(header, payload) }
    case 'T':
      return { kind: 'table', table: parse(table, payload) }
    case 'D':
      return { kind: 'data', data: payload }
    case 'E':
      return { kind: 'table-end', end: parse(tableEnd, payload) }
    case 'S':
      return { kind: 'sequences', sequences: parse(z.array(sequence), payload) }
    case 'Z':
      return { kind: 'end' }
    default:
      throw new CannotStart('This is not a Heed backup, or it is damaged.')
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, payload: Buffer): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(payload.toString('utf8')))
  } catch (cause) {
    throw new CannotStart(
      'This is not a Heed backup of a format that this version knows, or it is damaged.',
      { cause },
    )
  }
}

function encode(letter: string, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD)
  head.write(letter, 'latin1')
  head.writeUInt32BE(payload.length, 1)
  return Buffer.concat([head, payload])
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
