import type { Subtree } from './subtree.ts'
import type { StoredTree } from './tree.ts'
import { HASH_BYTES, type Hash, nodeHash } from './tree-hash.ts'

/** C2SP tlog-tiles: 256 hashes of one level of the tree, every eighth level. https://c2sp.org/tlog-tiles (read 2026-11-21) */
export const TILE_WIDTH = 256
const TILE_HEIGHT = 8

/** Levels 0 to 5 hold 2^48 leaves. */
export const HIGHEST_TILE_LEVEL = 5

export type Tile = { readonly level: number; readonly index: number }

/** A tile's hashes one after the other; fewer than 256 while the tree ends in it. */
export type TileHashes = Tile & { readonly hashes: Uint8Array }

/** A stored tree whose hashes are kept in tiles. `load` gives each tile at least as long as the tree makes it. */
export function treeFromTiles(
  hash: Hash,
  load: (tiles: readonly Tile[]) => Promise<readonly TileHashes[]>,
): StoredTree {
  return {
    hash,
    async read(subtrees) {
      const needed = new Map(subtrees.map(tileOf).map((tile) => [nameOf(tile), tile]))
      const loaded = new Map((await load([...needed.values()])).map((tile) => [nameOf(tile), tile.hashes]))
      return subtrees.map((subtree) => hashInTile(hash, subtree, loaded.get(nameOf(tileOf(subtree)))))
    },
  }
}

/** The tiles in which a tree of `size` leaves ends, with as many hashes as they have then; full tiles are left out. */
export function edgeTiles(size: number): (Tile & { readonly width: number })[] {
  const edges: (Tile & { readonly width: number })[] = []
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH
    if (width > 0) edges.push({ level, index: Math.floor(count / TILE_WIDTH), width })
  }
  return edges
}

/** The hash over all 256 hashes of a full tile: the next level's. */
export function fullTileHash(hash: Hash, hashes: Uint8Array): Uint8Array {
  return foldPairs(hash, split(hashes))
}

function tileOf({ level, index }: Subtree): Tile {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const height = level - tileLevel * TILE_HEIGHT
  return { level: tileLevel, index: Math.floor(index / 2 ** (TILE_HEIGHT - height)) }
}

function nameOf({ level, index }: Tile): string {
  return `${level}/${index}`
}

function hashInTile(hash: Hash, { level, index }: Subtree, tile: Uint8Array | undefined): Uint8Array {
  const count = 2 ** (level % TILE_HEIGHT)
  const from = ((index * count) % TILE_WIDTH) * HASH_BYTES
  const bottom = tile?.subarray(from, from + count * HASH_BYTES)
  if (bottom === undefined || bottom.length < count * HASH_BYTES)
    throw new RangeError(`the tile of subtree ${level}/${index} is missing or too short`)
  return foldPairs(hash, split(bottom))
}

function split(hashes: Uint8Array): Uint8Array[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, at) =>
    hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  )
}

/** Pairs up a power of two of hashes until one is left. */
function foldPairs(hash: Hash, hashes: readonly Uint8Array[]): Uint8Array {
  const [left, right] = [hashes[0], hashes[1]]
  if (left === undefined) throw new RangeError('a complete subtree has at least one leaf')
  if (right === undefined) return left
  if (hashes.length === 2) return nodeHash(hash, left, right)
  const middle = hashes.length / 2
  return nodeHash(hash, foldPairs(hash, hashes.slice(0, middle)), foldPairs(hash, hashes.slice(middle)))
}
