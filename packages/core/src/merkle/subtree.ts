/** The complete subtree over the leaves `index · 2^level` to `(index + 1) · 2^level`; its hash never changes once it is full. */
export type Subtree = { readonly level: number; readonly index: number }

/** The leaves from `from` up to but not including `to`. */
export type LeafRange = { readonly from: number; readonly to: number }

/**
 * The complete subtrees that a node over this range is made of, from left to right: RFC 6962 always splits off the largest
 * power of two. `from` must be a multiple of the largest of them, as it is for every node of a tree.
 */
export function subtreesOf({ from, to }: LeafRange): Subtree[] {
  const subtrees: Subtree[] = []
  let at = from
  while (at < to) {
    const level = floorLog2(to - at)
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** The largest power of two smaller than `count`, where RFC 6962 splits; `count` is at least 2. */
export function splitPoint(count: number): number {
  return 2 ** floorLog2(count - 1)
}

/** Counted, because `Math.log2` rounds up just below large powers of two. `count` is at least 1. */
export function floorLog2(count: number): number {
  let level = 0
  for (let power = 2; power <= count; power *= 2) level += 1
  return level
}
