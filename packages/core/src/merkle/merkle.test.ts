import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { appendLeaves, type TreeEdge } from './append-leaves.ts'
import { proveConsistency, proveInclusion } from './prove.ts'
import { edgeTiles, type TileHashes, treeFromTiles } from './tile.ts'
import { type StoredTree, treeRoot } from './tree.ts'
import { leafHash } from './tree-hash.ts'
import { verifyConsistency, verifyInclusion } from './verify-proof.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const entry = (at: number) => new TextEncoder().encode(`entry ${at}`)
const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => leafHash(sha256, entry(at)))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** RFC 6962 §2.1 to the letter, over the leaf hashes. */
const naive = {
  split: (n: number): number => {
    let k = 1
    while (k * 2 < n) k *= 2
    return k
  },
  root(leaves: Uint8Array[]): Uint8Array {
    if (leaves.length === 0) return sha256(new Uint8Array(0))
    if (leaves.length === 1) return leaves[0]!
    const k = naive.split(leaves.length)
    return sha256(Buffer.concat([Buffer.of(1), naive.root(leaves.slice(0, k)), naive.root(leaves.slice(k))]))
  },
  path(m: number, leaves: Uint8Array[]): Uint8Array[] {
    if (leaves.length === 1) return []
    const k = naive.split(leaves.length)
    const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
    return m < k
      ? [...naive.path(m, left), naive.root(right)]
      : [...naive.path(m - k, right), naive.root(left)]
  },
  subproof(m: number, leaves: Uint8Array[], b: boolean): Uint8Array[] {
    if (m === leaves.length) return b ? [] : [naive.root(leaves)]
    const k = naive.split(leaves.length)
    const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
    return m <= k
      ? [...naive.subproof(m, left, b), naive.root(right)]
      : [...naive.subproof(m - k, right, false), naive.root(left)]
  },
}

/** Grows a tree in the given steps, keeping each tile as last written. */
function grow(steps: readonly number[]) {
  const stored = new Map<string, TileHashes>()
  let edge: TreeEdge = { size: 0, tiles: [] }
  let leaves = leavesOf(steps.reduce((sum, step) => sum + step, 0))
  const all = leaves
  for (const step of steps) {
    const grown = appendLeaves(sha256, edge, leaves.slice(0, step))
    leaves = leaves.slice(step)
    edge = grown.edge
    for (const tile of grown.changed) stored.set(`${tile.level}/${tile.index}`, tile)
  }
  const tree: StoredTree = treeFromTiles(sha256, async (tiles) =>
    tiles.flatMap(({ level, index }) => stored.get(`${level}/${index}`) ?? []),
  )
  return { tree, edge, stored, leaves: all }
}

const big = grow([1, 2, 253, 1, 600, 0, 70_000 - 857])

describe('a tree', () => {
  test('has the roots that Certificate Transparency publishes for its test entries', async () => {
    const entries = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ]
    const { changed } = appendLeaves(
      sha256,
      { size: 0, tiles: [] },
      entries.map((text) => leafHash(sha256, Buffer.from(text, 'hex'))),
    )
    const tree = treeFromTiles(sha256, async () => changed)
    expect(hex(await treeRoot(tree, 1))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    )
    expect(hex(await treeRoot(tree, 8))).toBe(
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    )
    expect(hex(await treeRoot(tree, 0))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  test('has the root of RFC 6962 at every size, in whatever steps it grew', async () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), async (steps, anySize) => {
        const { tree, edge, leaves } = grow(steps)
        expect(edge.size).toBe(leaves.length)
        const size = anySize % (leaves.length + 1)
        expect(hex(await treeRoot(tree, size))).toBe(hex(naive.root(leaves.slice(0, size))))
      }),
      { numRuns: 60 },
    )
  })

  test('of 70,000 leaves ends in the tiles that the specification counts', async () => {
    expect(edgeTiles(70_000)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ])
    expect(edgeTiles(256)).toEqual([{ level: 1, index: 0, width: 1 }])
    const kept = [...big.edge.tiles].map(({ level, index, hashes }) => ({
      level,
      index,
      width: hashes.length / 32,
    }))
    expect(kept.toSorted((a, b) => a.level - b.level)).toEqual(edgeTiles(70_000))
    expect([...big.stored.keys()].filter((name) => name.startsWith('0/'))).toHaveLength(274)
    expect(hex(await treeRoot(big.tree, 70_000))).toBe(hex(naive.root(big.leaves)))
  })

  test('refuses to grow from an edge that lacks a tile', () => {
    expect(() => appendLeaves(sha256, { size: 3, tiles: [] }, leavesOf(1))).toThrow('lacks tile 0/0')
  })
})

const sizes = fc
  .tuple(fc.integer({ min: 1, max: 700 }), fc.nat())
  .map(([size, any]) => ({ size, leaf: any % size }))

describe('an inclusion proof', () => {
  test('is the audit path of RFC 6962 and verifies', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ size, leaf }) => {
        const hashes = await proveInclusion(big.tree, { leaf, size })
        const leaves = big.leaves.slice(0, size)
        expect(hashes.map(hex)).toEqual(naive.path(leaf, leaves).map(hex))
        const root = await treeRoot(big.tree, size)
        expect(verifyInclusion(sha256, { leaf, leafHash: leaves[leaf]!, size, root, hashes })).toBe(true)
      }),
    )
  })

  test('fails for another leaf, place, size or root, and with a hash changed, missing or more', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async ({ size, leaf }, any) => {
        const hashes = await proveInclusion(big.tree, { leaf, size })
        const proof = {
          leaf,
          leafHash: big.leaves[leaf]!,
          size,
          root: await treeRoot(big.tree, size),
          hashes,
        }
        const holds = (change: Partial<typeof proof>) => verifyInclusion(sha256, { ...proof, ...change })
        expect(holds({ leaf: leaf + 1 })).toBe(false)
        expect(holds({ leafHash: big.leaves[leaf + 1]! })).toBe(false)
        expect(holds({ root: flip(proof.root, any) })).toBe(false)
        expect(holds({ hashes: [...hashes, proof.root] })).toBe(false)
        if (hashes.length === 0) return
        expect(holds({ hashes: hashes.slice(1) })).toBe(false)
        const at = any % hashes.length
        expect(holds({ hashes: hashes.with(at, flip(hashes[at]!, any)) })).toBe(false)
      }),
    )
  })

  test('is refused for a leaf that is not there', async () => {
    await expect(proveInclusion(big.tree, { leaf: 5, size: 5 })).rejects.toThrow(RangeError)
    await expect(proveInclusion(big.tree, { leaf: 1.5, size: 5 })).rejects.toThrow(RangeError)
  })

  test('takes at most one tile for every eight levels on each side', async () => {
    const asked: number[] = []
    const counting = treeFromTiles(sha256, async (tiles) => {
      asked.push(tiles.length)
      return tiles.flatMap(({ level, index }) => big.stored.get(`${level}/${index}`) ?? [])
    })
    await proveInclusion(counting, { leaf: 35_000, size: 70_000 })
    expect(asked.length).toBe(1)
    expect(asked[0]).toBeLessThanOrEqual(6)
  })
})

const growth = fc
  .tuple(fc.integer({ min: 1, max: 700 }), fc.nat())
  .map(([to, any]) => ({ from: 1 + (any % to), to }))

describe('a consistency proof', () => {
  test('is the one of RFC 6962 and verifies', async () => {
    await fc.assert(
      fc.asyncProperty(growth, async ({ from, to }) => {
        const hashes = await proveConsistency(big.tree, { from, to })
        expect(hashes.map(hex)).toEqual(naive.subproof(from, big.leaves.slice(0, to), true).map(hex))
        const [fromRoot, toRoot] = [await treeRoot(big.tree, from), await treeRoot(big.tree, to)]
        expect(verifyConsistency(sha256, { from, fromRoot, to, toRoot, hashes })).toBe(true)
      }),
    )
  })

  test('fails for another root or size, and with a hash changed, missing or more', async () => {
    await fc.assert(
      fc.asyncProperty(growth, fc.nat(), async ({ from, to }, any) => {
        const hashes = await proveConsistency(big.tree, { from, to })
        const [fromRoot, toRoot] = [await treeRoot(big.tree, from), await treeRoot(big.tree, to)]
        const proof = { from, fromRoot, to, toRoot, hashes }
        const holds = (change: Partial<typeof proof>) => verifyConsistency(sha256, { ...proof, ...change })
        expect(holds({ fromRoot: flip(fromRoot, any) })).toBe(false)
        expect(holds({ toRoot: flip(toRoot, any) })).toBe(false)
        expect(holds({ hashes: [...hashes, toRoot] })).toBe(false)
        if (hashes.length === 0) return
        expect(holds({ hashes: hashes.slice(1) })).toBe(false)
        const at = any % hashes.length
        expect(holds({ hashes: hashes.with(at, flip(hashes[at]!, any)) })).toBe(false)
      }),
    )
  })

  test('from the empty tree is empty and holds for every tree', async () => {
    const empty = await treeRoot(big.tree, 0)
    const toRoot = await treeRoot(big.tree, 9)
    expect(await proveConsistency(big.tree, { from: 0, to: 9 })).toEqual([])
    expect(verifyConsistency(sha256, { from: 0, fromRoot: empty, to: 9, toRoot, hashes: [] })).toBe(true)
    await expect(proveConsistency(big.tree, { from: 9, to: 8 })).rejects.toThrow(RangeError)
  })
})

function flip(bytes: Uint8Array, any: number): Uint8Array {
  const at = any % bytes.length
  return bytes.with(at, bytes[at]! ^ (1 << (any % 8)))
}
