import { HASH_BYTES, parseTilePath, TILE_WIDTH, type TileAddress } from '@heed/core'
import { Problem } from '@heed/protocol'
import type { Transaction } from '../store/transaction.ts'
import { leavesFrom } from './leaves.store.ts'
import type { ShownLog } from './shown-log.ts'
import { tilesOf } from './tiles.store.ts'

/**
 * The bytes at a path of C2SP tlog-tiles, e.g. `tile/0/x001/234.p/5` or `tile/entries/000`.
 * @throws Problem `not-found` for a path that is none, or a tile that the shown log does not fill.
 */
export async function readTile(client: Transaction, shown: ShownLog, path: string): Promise<Buffer> {
  const address = parseTilePath(path)
  if (address === null || !isFilled(address, shown.size)) throw noSuchTile()
  const { level, index, width } = address
  if (level === 'entries') return readEntries(client, shown, { start: index * TILE_WIDTH, limit: width })
  const [tile] = await tilesOf(client, shown.log, [{ level, index }])
  if (tile === undefined || tile.hashes.length < width * HASH_BYTES) throw noSuchTile()
  return Buffer.from(tile.hashes.subarray(0, width * HASH_BYTES))
}

function isFilled({ level, index, width }: TileAddress, size: number): boolean {
  const leavesAHash = level === 'entries' ? 1 : TILE_WIDTH ** level
  return (index * TILE_WIDTH + width) * leavesAHash <= size
}

/** Each entry with its length in front, two bytes, the higher first. */
async function readEntries(
  client: Transaction,
  { log }: ShownLog,
  range: { start: number; limit: number },
): Promise<Buffer> {
  const leaves = await leavesFrom(client, log, range)
  if (leaves.length !== range.limit) throw noSuchTile()
  return Buffer.concat(leaves.flatMap(({ entry }) => withLength(Buffer.from(entry))))
}

function withLength(entry: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(entry.length)
  return [length, entry]
}

function noSuchTile(): Problem {
  return new Problem('not-found', 'No tile of a size that a checkpoint covers has this path.')
}
