import { fullTileHash, HIGHEST_TILE_LEVEL, TILE_WIDTH, type TileHashes } from './tile.ts'
import { concat, HASH_BYTES, type Hash } from './tree-hash.ts'

/** The right edge of a tree: its size, and the tiles of `edgeTiles(size)`. All that growing it needs. */
export type TreeEdge = { readonly size: number; readonly tiles: readonly TileHashes[] }

/** The tree grown by these leaf hashes: its new edge, and every tile that is new or longer than before. */
export function appendLeaves(
  hash: Hash,
  edge: TreeEdge,
  leaves: readonly Uint8Array[],
): { readonly edge: TreeEdge; readonly changed: readonly TileHashes[] } {
  const changed: TileHashes[] = []
  let arriving = leaves
  let count = edge.size
  for (let level = 0; arriving.length > 0; level += 1) {
    if (level > HIGHEST_TILE_LEVEL) throw new RangeError('the tree has no room for more leaves')
    const tiles = fillTiles(edge, { level, count, arriving })
    changed.push(...tiles)
    arriving = tiles.filter(isFull).map((tile) => fullTileHash(hash, tile.hashes))
    count = Math.floor(count / TILE_WIDTH)
  }
  return { edge: { size: edge.size + leaves.length, tiles: newEdge(edge, changed) }, changed }
}

/** The tiles of one level that these hashes go into; `count` hashes are there already. */
function fillTiles(
  edge: TreeEdge,
  { level, count, arriving }: { level: number; count: number; arriving: readonly Uint8Array[] },
): TileHashes[] {
  const tiles: TileHashes[] = []
  let index = Math.floor(count / TILE_WIDTH)
  let started = startedTile(edge, { level, index, width: count % TILE_WIDTH })
  for (let taken = 0; taken < arriving.length; index += 1) {
    const room = TILE_WIDTH - started.length / HASH_BYTES
    const hashes = concat(started, ...arriving.slice(taken, taken + room))
    tiles.push({ level, index, hashes })
    taken += room
    started = new Uint8Array(0)
  }
  return tiles
}

function startedTile(edge: TreeEdge, at: { level: number; index: number; width: number }): Uint8Array {
  if (at.width === 0) return new Uint8Array(0)
  const tile = edge.tiles.find(({ level, index }) => level === at.level && index === at.index)
  const hashes = tile?.hashes.subarray(0, at.width * HASH_BYTES)
  if (hashes?.length !== at.width * HASH_BYTES)
    throw new RangeError(`the edge of the tree lacks tile ${at.level}/${at.index}`)
  return hashes
}

function isFull(tile: TileHashes): boolean {
  return tile.hashes.length === TILE_WIDTH * HASH_BYTES
}

/** Each level ends in its last changed tile, or where it ended before; a full tile is no edge. */
function newEdge(before: TreeEdge, changed: readonly TileHashes[]): TileHashes[] {
  const byLevel = new Map([...before.tiles, ...changed].map((tile) => [tile.level, tile]))
  return [...byLevel.values()].filter((tile) => !isFull(tile))
}
