import type { SealPlace, SubjectKey } from '../keys/key-store.ts'
import { seal, unseal } from '../keys/seal.ts'

/** Small beside the memory of a node, large beside what a row costs. */
const CHUNK_BYTES = 256 * 1024

/** Cuts what comes into pieces of `size`; the last one may be shorter. */
export async function* piecesOf(bytes: AsyncIterable<Buffer>, size = CHUNK_BYTES): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const some of bytes) {
    waiting.push(some)
    length += some.length
    if (length < size) continue
    const joined = Buffer.concat(waiting)
    let at = 0
    for (; joined.length - at >= size; at += size) yield joined.subarray(at, at + size)
    waiting = [joined.subarray(at)]
    length = joined.length - at
  }
  if (length > 0) yield Buffer.concat(waiting)
}

type ChunkPlace = { readonly workspaceId: string; readonly exportId: string; readonly chunkNo: number }

export function sealChunk(key: SubjectKey, place: ChunkPlace, piece: Buffer): Buffer {
  return seal(key.key, placeOf(key, place), piece)
}

export function openChunk(key: SubjectKey, place: ChunkPlace, sealed: Buffer): Buffer {
  return unseal(key.key, placeOf(key, place), sealed)
}

/** With its number: pieces of one export cannot be put in another order. */
function placeOf({ keyId }: SubjectKey, { workspaceId, exportId, chunkNo }: ChunkPlace): SealPlace {
  return { workspaceId, keyId, table: 'export_chunk', rowId: `${exportId}/${chunkNo}` }
}
