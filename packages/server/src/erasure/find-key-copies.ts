import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A destroyed key as its row was: what a copy of it begins with. */
export type DestroyedKey = { readonly workspaceId: string; readonly keyId: string }

const PIECE_BYTES = 1024 * 1024

/** Column by column: workspace, key, subject, (request,) the workspace key's version; then the length of 61 bytes, said as 0x7d. */
const LENGTH_AT = [52, 68]
const LENGTH_OF_WRAPPED = 0x7d
const LONGEST_ROW = 160

/**
 * How often rows of these keys, with the wrapped key in them, lie in the given files of a database server, dead or alive.
 * It needs only ids that name nobody: to look for the wrapped bytes themselves, somebody would have to keep them.
 */
export async function findKeyCopies(
  files: readonly string[],
  keys: readonly DestroyedKey[],
): Promise<number> {
  const sought = Map.groupBy(keys, ({ workspaceId }) => workspaceId)
  const patterns = [...sought].map(([workspaceId, group]) => ({
    workspace: bytesOf(workspaceId),
    keyIds: new Set(group.map(({ keyId }) => bytesOf(keyId).toString('latin1'))),
  }))
  let found = 0
  for (const file of files) found += await findInFile(file, patterns)
  return found
}

/** The files of the write-ahead log in a server's folder. */
export async function walFilesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'pg_wal'))
  return names.filter((name) => /^[0-9A-F]{24}$/.test(name)).map((name) => join(folder, 'pg_wal', name))
}

type Pattern = { readonly workspace: Buffer; readonly keyIds: ReadonlySet<string> }

/** A piece at a time, so that the process answers calls in between; the server may take a file away meanwhile. */
async function findInFile(path: string, patterns: readonly Pattern[]): Promise<number> {
  const file = await open(path).catch(isGone)
  if (file === null) return 0
  try {
    return await findInPieces(file, patterns)
  } finally {
    await file.close()
  }
}

function isGone(cause: NodeJS.ErrnoException): null {
  if (cause.code === 'ENOENT') return null
  throw cause
}

async function findInPieces(file: FileHandle, patterns: readonly Pattern[]): Promise<number> {
  const piece = Buffer.alloc(PIECE_BYTES + LONGEST_ROW)
  let found = 0
  for (let position = 0; ; position += PIECE_BYTES) {
    const { bytesRead } = await file.read(piece, 0, piece.length, position)
    const bytes = piece.subarray(0, bytesRead)
    for (const pattern of patterns) found += countIn(bytes, pattern)
    if (bytesRead < piece.length) return found
  }
}

/** Copies that begin in this piece; what begins after it is the next one's. */
function countIn(bytes: Buffer, { workspace, keyIds }: Pattern): number {
  let found = 0
  for (
    let at = bytes.indexOf(workspace);
    at !== -1 && at < PIECE_BYTES;
    at = bytes.indexOf(workspace, at + 1)
  ) {
    const isKey = LENGTH_AT.some((offset) => bytes[at + offset] === LENGTH_OF_WRAPPED)
    if (isKey && keyIds.has(bytes.toString('latin1', at + 16, at + 32))) found += 1
  }
  return found
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}
