import {
  appendLeaves,
  type Checkpoint,
  HASH_BYTES,
  isSameHash,
  leafHash,
  noteSigner,
  openNote,
  parseCheckpoint,
  TILE_WIDTH,
  type Tile,
  type TileHashes,
  type TreeEdge,
  treeFromTiles,
  treeRoot,
} from '@heed/core'
import { checkSignature } from './check-signature.ts'
import { restartedLog } from './restarted-log.ts'
import { sha256 } from './sha256.ts'

/** How a log is read, over HTTP or from the database. */
export type LogReader = {
  /** The newest checkpoint as a signed note; null when nothing was ever signed. */
  readonly checkpoint: () => Promise<string | null>
  /** Leaves from this one on, as many as it likes to give at once; none when there are no more. */
  readonly entries: (start: number) => Promise<readonly LoggedEntry[]>
  /** The tile with at least `width` hashes, or null. */
  readonly tile: (tile: Tile & { readonly width: number }) => Promise<Uint8Array | null>
}

/** A leaf and the hash that the log states for it. */
export type LoggedEntry = { readonly entry: string; readonly leafHash: Uint8Array }

export type LogVerdict =
  | { readonly kind: 'intact'; readonly origin: string; readonly size: number; readonly root: string }
  | { readonly kind: 'empty' }
  /** No key that is known has signed it, or it is no checkpoint. */
  | { readonly kind: 'checkpoint-not-signed' }
  /** The first leaf that is not what the log's own tree says, or is not there. */
  | { readonly kind: 'leaf-changed' | 'leaf-missing'; readonly leaf: number }
  /** A stored hash of the tree is wrong; the leaves below it are right. `leaf` is the first one below it. */
  | { readonly kind: 'tile-changed'; readonly level: number; readonly index: number; readonly leaf: number }
  /** Entries and tree agree with each other and not with what was signed. */
  | { readonly kind: 'root-differs'; readonly size: number }
  /** The log is not a continuation of the older checkpoint. */
  | { readonly kind: 'history-changed'; readonly size: number }
  | { readonly kind: 'shorter-than-before'; readonly size: number; readonly before: number }
  | { readonly kind: 'another-log'; readonly origin: string; readonly before: string }

export type VerifiedAgainst = {
  /** Ed25519 public keys, 32 bytes each, that may have signed: got from the server once and kept. */
  readonly keys: readonly Uint8Array[]
  /** A note that was kept from an earlier look; what it says must still hold. */
  readonly previous: string | null
}

/**
 * Computes the whole tree again from the entries and compares it with every stored hash, with what was signed, and with a
 * checkpoint kept from before. One changed byte of any of them is found.
 */
export async function verifyLog(reader: LogReader, against: VerifiedAgainst): Promise<LogVerdict> {
  const note = await reader.checkpoint()
  if (note === null) return against.previous === null ? { kind: 'empty' } : { kind: 'checkpoint-not-signed' }
  const checkpoint = openCheckpoint(note, against.keys)
  const previous = against.previous === null ? null : openCheckpoint(against.previous, against.keys)
  if (checkpoint === null || (previous === null) !== (against.previous === null))
    return { kind: 'checkpoint-not-signed' }
  const isSameLog = previous?.origin === checkpoint.origin
  if (previous !== null && isSameLog && checkpoint.size < previous.size)
    return { kind: 'shorter-than-before', size: checkpoint.size, before: previous.size }
  const verdict = await verifyTree(reader, { checkpoint, rootAt: isSameLog ? previous : null })
  if (previous === null || isSameLog || verdict.kind !== 'intact') return verdict
  return (await breakWith(reader, { previous, origin: checkpoint.origin })) ?? verdict
}

/** The checkpoint in a note, if one of the keys has signed it under the name of the log. */
export function openCheckpoint(note: string, keys: readonly Uint8Array[]): Checkpoint | null {
  const name = note.slice(0, note.indexOf('\n'))
  for (const publicKey of keys) {
    const signer = noteSigner(sha256, { name, publicKey })
    const text = openNote(note, signer, (message, signature) =>
      checkSignature({ publicKey, message, signature }),
    )
    if (text !== null) return parseCheckpoint(text)
  }
  return null
}

/** A log under another name: null when its first leaf, proven by now, names the older checkpoint or a later one of that log. */
async function breakWith(
  reader: LogReader,
  { previous, origin }: { previous: Checkpoint; origin: string },
): Promise<LogVerdict | null> {
  const [first] = await reader.entries(0)
  const named = first === undefined ? null : restartedLog(first.entry)
  if (named?.origin !== previous.origin) return { kind: 'another-log', origin, before: previous.origin }
  if (named.size < previous.size)
    return { kind: 'shorter-than-before', size: named.size, before: previous.size }
  const isSame = named.size > previous.size || isSameHash(named.root, previous.root)
  return isSame ? null : { kind: 'history-changed', size: previous.size }
}

type Expected = { readonly checkpoint: Checkpoint; readonly rootAt: Checkpoint | null }

/** Rebuilds the tree tile by tile; only its right edge is held, so a log of any length fits. */
async function verifyTree(reader: LogReader, { checkpoint, rootAt }: Expected): Promise<LogVerdict> {
  const { origin, size } = checkpoint
  const entries = readAhead(reader)
  let edge: TreeEdge = { size: 0, tiles: [] }
  let history: LogVerdict | null = null
  while (edge.size < size) {
    const upTo = nextStop(edge.size, { size, stop: rootAt?.size ?? size })
    const leaves = (await entries.take(upTo - edge.size)).map(hashedEntry)
    const differing = await compareLeaves(reader, { from: edge.size, leaves, upTo })
    if (differing !== null) return differing
    const grown = appendLeaves(
      sha256,
      edge,
      leaves.map(({ computed }) => computed),
    )
    edge = grown.edge
    const changed = await compareTiles(reader, grown.changed)
    if (changed !== null) return changed
    if (rootAt?.size === edge.size && !(await hasRoot(edge, rootAt)))
      history = { kind: 'history-changed', size: rootAt.size }
  }
  if (history !== null) return history
  if (!(await hasRoot(edge, checkpoint))) return { kind: 'root-differs', size }
  return { kind: 'intact', origin, size, root: Buffer.from(checkpoint.root).toString('hex') }
}

/** The end of this tile, or before it the size at which a root has to be compared. */
function nextStop(from: number, { size, stop }: { size: number; stop: number }): number {
  const endOfTile = (Math.floor(from / TILE_WIDTH) + 1) * TILE_WIDTH
  return Math.min(endOfTile, size, stop > from ? stop : size)
}

/** Entries one after the other, whatever the reader gives at once. */
function readAhead(reader: LogReader) {
  let start = 0
  let ready: readonly LoggedEntry[] = []
  return {
    async take(count: number): Promise<readonly LoggedEntry[]> {
      while (ready.length < count) {
        const more = await reader.entries(start + ready.length)
        if (more.length === 0) break
        ready = [...ready, ...more]
      }
      const taken = ready.slice(0, count)
      ready = ready.slice(taken.length)
      start += taken.length
      return taken
    },
  }
}

type HashedEntry = { readonly computed: Uint8Array; readonly stated: Uint8Array }

function hashedEntry({ entry, leafHash: stated }: LoggedEntry): HashedEntry {
  return { computed: leafHash(sha256, Buffer.from(entry)), stated }
}

/** Leaf by leaf against the lowest tiles, so that the first wrong one can be named. */
async function compareLeaves(
  reader: LogReader,
  { from, leaves, upTo }: { from: number; leaves: readonly HashedEntry[]; upTo: number },
): Promise<LogVerdict | null> {
  if (from + leaves.length < upTo) return { kind: 'leaf-missing', leaf: from + leaves.length }
  const index = Math.floor(from / TILE_WIDTH)
  const offset = from - index * TILE_WIDTH
  const stored = await reader.tile({ level: 0, index, width: offset + leaves.length })
  for (const [at, { computed, stated }] of leaves.entries()) {
    const begin = (offset + at) * HASH_BYTES
    const inTree = stored?.subarray(begin, begin + HASH_BYTES)
    const isUnchanged = inTree !== undefined && isSameHash(computed, inTree) && isSameHash(computed, stated)
    if (!isUnchanged) return { kind: 'leaf-changed', leaf: from + at }
  }
  return null
}

async function compareTiles(reader: LogReader, tiles: readonly TileHashes[]): Promise<LogVerdict | null> {
  for (const { level, index, hashes } of tiles) {
    const width = hashes.length / HASH_BYTES
    const stored = await reader.tile({ level, index, width })
    if (stored === null || !isSameHash(stored.subarray(0, hashes.length), hashes))
      return { kind: 'tile-changed', level, index, leaf: index * TILE_WIDTH ** (level + 1) }
  }
  return null
}

/** All hashes of the edge are at hand; full tiles are in the levels above. */
async function hasRoot(edge: TreeEdge, { size, root }: Checkpoint): Promise<boolean> {
  const tree = treeFromTiles(sha256, async () => edge.tiles)
  return isSameHash(await treeRoot(tree, size), root)
}
