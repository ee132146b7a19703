import { floorLog2 } from './subtree.ts'
import { type Hash, isSameHash, nodeHash } from './tree-hash.ts'

/** Is the leaf with this hash leaf number `leaf` of the tree? RFC 9162 §2.1.3.2. */
export function verifyInclusion(
  hash: Hash,
  proof: {
    readonly leaf: number
    readonly leafHash: Uint8Array
    readonly size: number
    readonly root: Uint8Array
    readonly hashes: readonly Uint8Array[]
  },
): boolean {
  if (!isCount(proof.leaf) || !isCount(proof.size) || proof.leaf >= proof.size) return false
  let [node, last, current] = [proof.leaf, proof.size - 1, proof.leafHash]
  for (const sibling of proof.hashes) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      current = nodeHash(hash, sibling, current)
      const skipped = node % 2 === 1 ? 0 : levelsToOdd(node)
      node = half(node, skipped)
      last = half(last, skipped)
    } else current = nodeHash(hash, current, sibling)
    node = half(node, 1)
    last = half(last, 1)
  }
  return last === 0 && isSameHash(current, proof.root)
}

type ConsistencyProof = {
  readonly from: number
  readonly fromRoot: Uint8Array
  readonly to: number
  readonly toRoot: Uint8Array
  readonly hashes: readonly Uint8Array[]
}

/** Does the newer tree begin with the whole older one? RFC 9162 §2.1.4.2; the empty tree is the beginning of every tree. */
export function verifyConsistency(hash: Hash, proof: ConsistencyProof): boolean {
  const { from, to, hashes } = proof
  if (!isCount(from) || !isCount(to) || from > to) return false
  if (from === to) return hashes.length === 0 && isSameHash(proof.fromRoot, proof.toRoot)
  if (from === 0) return hashes.length === 0
  return verifyGrowth(hash, proof)
}

function verifyGrowth(hash: Hash, proof: ConsistencyProof): boolean {
  const path = isPowerOfTwo(proof.from) ? [proof.fromRoot, ...proof.hashes] : proof.hashes
  const [first, ...rest] = path
  if (first === undefined) return false
  const skipped = levelsToEven(proof.from - 1)
  let [node, last] = [half(proof.from - 1, skipped), half(proof.to - 1, skipped)]
  let [older, newer] = [first, first]
  for (const sibling of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = nodeHash(hash, sibling, older)
      newer = nodeHash(hash, sibling, newer)
      const levels = node % 2 === 1 ? 0 : levelsToOdd(node)
      node = half(node, levels)
      last = half(last, levels)
    } else newer = nodeHash(hash, newer, sibling)
    node = half(node, 1)
    last = half(last, 1)
  }
  return last === 0 && isSameHash(older, proof.fromRoot) && isSameHash(newer, proof.toRoot)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** Up by `levels`; without bit operations, which would cut at 2^32. */
function half(value: number, levels: number): number {
  return Math.floor(value / 2 ** levels)
}

/** How many levels up from an even node number until it is odd; all the way to 0 for the leftmost. */
function levelsToOdd(value: number): number {
  let levels = 0
  for (let up = value; up !== 0 && up % 2 === 0; up /= 2) levels += 1
  return levels
}

function levelsToEven(value: number): number {
  let levels = 0
  for (let up = value; up % 2 === 1; up = half(up, 1)) levels += 1
  return levels
}

function isPowerOfTwo(value: number): boolean {
  return 2 ** floorLog2(value) === value
}
