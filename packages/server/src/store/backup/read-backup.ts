import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { CannotStart } from '../cannot-start.ts'
import { type BackupHeader, decodeFrames, type Frame, type TableEnd } from './backup-frames.ts'

/** The frames of a backup file, from the first. */
export async function* readBackup(file: string): AsyncGenerator<Frame> {
  const source = createReadStream(file)
  const gunzip = createGunzip()
  source.on('error', (cause) => gunzip.destroy(cause))
  source.pipe(gunzip)
  try {
    yield* decodeFrames(gunzip)
  } catch (cause) {
    throw isFromHere(cause)
      ? cause
      : new CannotStart(`The backup ${file} cannot be read: ${String(cause)}`, { cause })
  } finally {
    source.destroy()
  }
}

/** Reads a backup to its end and compares every checksum. Throws `CannotStart` when it is not whole. */
export async function verifyBackup(
  file: string,
): Promise<{ header: BackupHeader; tables: readonly TableEnd[] }> {
  let header: BackupHeader | null = null
  let isWhole = false
  let hash = createHash('sha256')
  const tables: TableEnd[] = []
  for await (const frame of readBackup(file)) {
    if (frame.kind === 'header') header = frame.header
    if (frame.kind === 'table') hash = createHash('sha256')
    if (frame.kind === 'data') hash.update(frame.data)
    if (frame.kind === 'table-end') tables.push(confirmed(frame.end, hash.digest('hex')))
    if (frame.kind === 'end') isWhole = true
  }
  if (header === null || !isWhole) throw new CannotStart(`The backup ${file} is not whole; it was cut off.`)
  return { header, tables }
}

function confirmed(end: TableEnd, sha256: string): TableEnd {
  if (end.sha256 === sha256) return end
  throw new CannotStart(
    `The rows of table ${end.name} in this backup are damaged: their checksum is another one.`,
  )
}

function isFromHere(cause: unknown): boolean {
  return cause instanceof CannotStart
}
