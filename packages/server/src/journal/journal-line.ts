import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

/** The end of a chain: the last position and the MAC the next line is chained on. */
export type ChainEnd = { readonly position: number; readonly mac: Buffer }

/**
 * One line of the journal: a JSON object whose first members are position, length in bytes and MAC, so that a line is read
 * without trusting the JSON in it. The MAC covers the MAC before it, the position and the entry.
 */
export function writeLine(
  key: KeyObject,
  after: ChainEnd,
  entryText: string,
): { line: string; end: ChainEnd } {
  const position = after.position + 1
  const mac = chainedMac(key, { before: after.mac, position, entryText })
  const length = Buffer.byteLength(entryText)
  const line = `{"position":${position},"length":${length},"mac":"${mac.toString('hex')}","entry":${entryText}}\n`
  return { line, end: { position, mac } }
}

export type LineReading =
  | { readonly kind: 'read'; readonly entryText: string; readonly end: ChainEnd }
  | { readonly kind: 'damaged'; readonly reason: string }

/** Reads the line that must follow `after`; `line` is without its line feed. */
export function readLine(key: KeyObject, after: ChainEnd, line: string): LineReading {
  const parts = LINE.exec(line)
  const [position, length, mac, entryText] = [parts?.[1], parts?.[2], parts?.[3], parts?.[4]]
  if (position === undefined || length === undefined || mac === undefined || entryText === undefined)
    return { kind: 'damaged', reason: 'the line does not have the shape of an entry' }
  if (Number(position) !== after.position + 1)
    return { kind: 'damaged', reason: `it says that it is entry ${position}` }
  if (Buffer.byteLength(entryText) !== Number(length))
    return { kind: 'damaged', reason: 'its length is not the one it states' }
  const expected = chainedMac(key, { before: after.mac, position: Number(position), entryText })
  if (!timingSafeEqual(expected, Buffer.from(mac, 'hex')))
    return {
      kind: 'damaged',
      reason: 'its MAC does not match (changed, out of order, or another master key)',
    }
  return { kind: 'read', entryText, end: { position: Number(position), mac: expected } }
}

/**
 * Is this last piece of a file, which has no line feed, the beginning of a line? A piece as long as the line it announces
 * lacks nothing but has something else where the line feed was: that is damage. Zeros at its end are what a file system
 * leaves of a write that a power cut interrupted.
 */
export function isTorn(piece: Buffer): boolean {
  const head = HEAD.exec(piece.toString('latin1'))
  const length = head?.[1]
  if (head === null || length === undefined) return true
  return piece.length < head[0].length + Number(length) + '}\n'.length || piece.at(-1) === 0
}

/** Where the chain of a node begins: bound to the node, so that one node's file is not another's. */
export function chainStart(key: KeyObject, nodeId: string): ChainEnd {
  return { position: 0, mac: createHmac('sha256', key).update(`heed no-journal 1 ${nodeId}`).digest() }
}

const HEAD = /^\{"position":[1-9][0-9]*,"length":([1-9][0-9]*),"mac":"[0-9a-f]{64}","entry":/
const LINE = /^\{"position":([1-9][0-9]*),"length":([1-9][0-9]*),"mac":"([0-9a-f]{64})","entry":(\{.*\})\}$/s

function chainedMac(
  key: KeyObject,
  { before, position, entryText }: { before: Buffer; position: number; entryText: string },
): Buffer {
  return createHmac('sha256', key).update(before).update(`${position}:`).update(entryText).digest()
}
