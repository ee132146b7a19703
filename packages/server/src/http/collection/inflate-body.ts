import { constants, gunzip, inflate, type ZlibOptions } from 'node:zlib'
import { Problem } from '@heed/protocol'
import type { Lease } from './byte-budget.ts'

export type SentBody = {
  readonly sent: Buffer
  /** The Content-Encoding header. */
  readonly encoding: string | undefined
  /** Bytes that may come out. */
  readonly limit: number
  readonly lease: Lease
}

/**
 * A body as it was before its client compressed it (gzip or deflate). Never more than `limit` bytes come out, and what may
 * come out is taken from the lease before any does. Rejects with
 * `Problem('too-large' | 'invalid-encoding' | 'overloaded')`.
 */
export async function inflateBody({ sent, encoding = 'identity', limit, lease }: SentBody): Promise<Buffer> {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity' || name === '') return sent
  const decompress = DECOMPRESSORS.get(name)
  if (decompress === undefined)
    throw new Problem('invalid-encoding', 'Send the body plain, gzipped or deflated.')
  const expected = name === 'deflate' ? limit : Math.min(gzipSize(sent), limit)
  const refusal = lease.take(expected)
  if (refusal !== null) throw refusal
  return decompressed(decompress, sent, { expected, limit })
}

type Decompress = typeof gunzip

const DECOMPRESSORS = new Map<string, Decompress>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
])

/** What a gzip file says of itself in its last four bytes. Only a hint: the file may be cut off, or lie. */
function gzipSize(sent: Buffer): number {
  return sent.length < 18 ? 0 : sent.readUInt32LE(sent.length - 4)
}

const LARGEST_CHUNK = 64 * 1024

function decompressed(
  decompress: Decompress,
  sent: Buffer,
  { expected, limit }: { readonly expected: number; readonly limit: number },
): Promise<Buffer> {
  // A chunk that takes all of an honest body spares one trip to the thread pool for each 16 KB of it.
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, expected === limit ? LARGEST_CHUNK : expected + 1)
  const options: ZlibOptions = { chunkSize, maxOutputLength: Math.max(expected, 1) }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  decompress(sent, options, (error, plain) => {
    if (error === null) resolve(plain)
    else reject(isOverLimit(error) && expected === limit ? tooLarge(limit) : broken())
  })
  return promise
}

function isOverLimit(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

function tooLarge(limit: number): Problem {
  return new Problem('too-large', `Send at most ${limit} bytes, counted after decompression.`)
}

function broken(): Problem {
  return new Problem('invalid-encoding', 'The compressed body is cut off or damaged.')
}
