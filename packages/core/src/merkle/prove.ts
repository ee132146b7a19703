import { type LeafRange, splitPoint } from './subtree.ts'
import { rangeHashes, type StoredTree } from './tree.ts'

/**
 * The audit path of RFC 6962 §2.1.1: proves that `leaf` is in the tree of `size` leaves.
 * @throws RangeError when there is no such leaf.
 */
export async function proveInclusion(
  tree: StoredTree,
  { leaf, size }: { leaf: number; size: number },
): Promise<Uint8Array[]> {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(leaf) || leaf < 0 || leaf >= size)
    throw new RangeError(`a tree of ${size} leaves has no leaf ${leaf}`)
  return rangeHashes(tree, auditPath(leaf, { from: 0, to: size }))
}

/**
 * The consistency proof of RFC 6962 §2.1.2: proves that the tree of `to` leaves begins with the tree of `from` leaves.
 * @throws RangeError when `from` is greater than `to`.
 */
export async function proveConsistency(
  tree: StoredTree,
  { from, to }: { from: number; to: number },
): Promise<Uint8Array[]> {
  if (!Number.isSafeInteger(to) || !Number.isSafeInteger(from) || from < 0 || from > to)
    throw new RangeError(`a tree of ${to} leaves does not begin with one of ${from}`)
  if (from === 0) return []
  return rangeHashes(tree, consistencyPath(from, { within: { from: 0, to }, isWhole: true }))
}

/** The siblings on the way from a leaf to the root, the leaf's own first. */
function auditPath(leaf: number, { from, to }: LeafRange): LeafRange[] {
  if (to - from === 1) return []
  const middle = from + splitPoint(to - from)
  if (leaf < middle) return [...auditPath(leaf, { from, to: middle }), { from: middle, to }]
  return [...auditPath(leaf, { from: middle, to }), { from, to: middle }]
}

/** `isWhole`: the old tree's root is this node, which the verifier has already. */
function consistencyPath(
  old: number,
  { within, isWhole }: { within: LeafRange; isWhole: boolean },
): LeafRange[] {
  const { from, to } = within
  if (old === to) return isWhole ? [] : [within]
  const middle = from + splitPoint(to - from)
  if (old <= middle)
    return [...consistencyPath(old, { within: { from, to: middle }, isWhole }), { from: middle, to }]
  return [...consistencyPath(old, { within: { from: middle, to }, isWhole: false }), { from, to: middle }]
}
