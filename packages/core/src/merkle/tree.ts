import { type LeafRange, type Subtree, subtreesOf } from './subtree.ts'
import { emptyRoot, type Hash, nodeHash } from './tree-hash.ts'

/** A stored tree: how to hash, and how to read the hashes of full subtrees, all that are asked for at once. */
export type StoredTree = {
  readonly hash: Hash
  readonly read: (subtrees: readonly Subtree[]) => Promise<readonly Uint8Array[]>
}

/** The root over the first `size` leaves. */
export async function treeRoot(tree: StoredTree, size: number): Promise<Uint8Array> {
  const [root] = await rangeHashes(tree, [{ from: 0, to: size }])
  return root ?? emptyRoot(tree.hash)
}

/** The hash of the node over each range, in one read. */
export async function rangeHashes(tree: StoredTree, ranges: readonly LeafRange[]): Promise<Uint8Array[]> {
  const parts = ranges.map(subtreesOf)
  const hashes = await tree.read(parts.flat())
  let taken = 0
  return parts.map(({ length }) => {
    const own = hashes.slice(taken, taken + length)
    taken += length
    return foldRight(tree.hash, own)
  })
}

/** Subtrees of falling size hang on the right of each other. */
function foldRight(hash: Hash, hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot(hash)
  return hashes.reduceRight((right, left) => nodeHash(hash, left, right))
}
