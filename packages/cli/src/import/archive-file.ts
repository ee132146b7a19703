import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { CommandError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'

export type ArchiveFile = {
  readonly path: string
  /** Bytes as they lie on the disk. */
  readonly size: number
  /** SHA-256 of the content, decompressed, in hex: what the file is, wherever it lies and however it is packed. */
  readonly digest: string
  readonly isCompressed: boolean
}

/** Reads the file once from beginning to end, so that a damaged one is refused before anything of it is imported. */
export async function examineArchive(path: string): Promise<ArchiveFile> {
  const { size, isCompressed } = await lookAt(path)
  const hash = createHash('sha256')
  try {
    for await (const chunk of readArchive({ path, isCompressed }).chunks) hash.update(chunk)
  } catch (cause) {
    throw new CommandError(
      EXIT.failed,
      `The file is damaged or was cut off (${codeOf(cause)}); nothing of it was imported. Unpack what can be read of it, and import that.`,
      { cause },
    )
  }
  return { path, size, digest: hash.digest('hex'), isCompressed }
}

type ArchiveReading = {
  readonly chunks: AsyncIterable<Buffer>
  /** Bytes of the file that have been read, for showing progress. */
  readonly bytesRead: () => number
}

/** The content of the file, decompressed. */
export function readArchive({
  path,
  isCompressed,
}: Pick<ArchiveFile, 'path' | 'isCompressed'>): ArchiveReading {
  const file = createReadStream(path, { highWaterMark: 1 << 18 })
  const bytesRead = () => file.bytesRead
  if (!isCompressed) return { chunks: file, bytesRead }
  const gunzip = createGunzip()
  file.on('error', (cause) => gunzip.destroy(cause))
  return { chunks: file.pipe(gunzip), bytesRead }
}

/** Compressed is what begins like gzip, whatever its name. */
async function lookAt(path: string): Promise<Pick<ArchiveFile, 'size' | 'isCompressed'>> {
  try {
    const { size } = await stat(path)
    const file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    await file.close()
    return { size, isCompressed: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b }
  } catch (cause) {
    throw new CommandError(EXIT.usage, `The file cannot be read (${codeOf(cause)}).`, { cause })
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}
