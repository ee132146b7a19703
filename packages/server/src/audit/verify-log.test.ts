import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { formatCheckpoint, noteSigner, signNote } from '@heed/core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../testing/test-database.ts'
import { databaseLogReader } from './database-log-reader.ts'
import { sha256 } from './sha256.ts'
import { auditRig } from './testing/audit-rig.ts'
import { type LoggedEntry, type LogReader, verifyLog } from './verify-log.ts'

const db = await testDatabase({ truncates: false })
const rig = auditRig(db.pool)
const SIZE = 600
let keys: Buffer[] = []
const notes: string[] = []

/** A log with checkpoints at 1, 256, 300 and 600 leaves. */
beforeAll(async () => {
  await rig.addWorkspace()
  for (const step of [1, 255, 44, 300]) {
    await rig.tellMany(step)
    await rig.sequence()
    await rig.sign()
    notes.push((await (await reader()).checkpoint())!)
  }
  keys = await rig.publicKeys()
})

const reader = async () => databaseLogReader(db.pool, await rig.log())

/** Reads the database once, so that thousands of checks of changed copies cost nothing. */
async function copyOf(source: LogReader) {
  const entries: LoggedEntry[] = []
  for (let more = await source.entries(0); more.length > 0; more = await source.entries(entries.length))
    entries.push(...more)
  const tiles = new Map<string, Buffer>()
  for (const [level, index, width] of [
    [0, 0, 256],
    [0, 1, 256],
    [0, 2, 88],
    [1, 0, 2],
  ] as const)
    tiles.set(`${level}/${index}`, Buffer.from((await source.tile({ level, index, width }))!))
  return { note: (await source.checkpoint())!, entries, tiles }
}

type Copy = Awaited<ReturnType<typeof copyOf>>

function readerOf({ note, entries, tiles }: Copy, atOnce = 70): LogReader {
  return {
    checkpoint: async () => note,
    entries: async (start) => entries.slice(start, start + atOnce),
    tile: async ({ level, index, width }) => {
      const tile = tiles.get(`${level}/${index}`)
      return tile === undefined || tile.length < width * 32 ? null : tile
    },
  }
}

const flipIn = (bytes: Buffer, at: number, bit: number) => {
  const changed = Buffer.from(bytes)
  changed[at % bytes.length] = changed[at % bytes.length]! ^ (1 << (bit % 8))
  return changed
}

test('an untouched log is intact, and a continuation of every checkpoint it ever showed', async () => {
  for (const previous of [null, ...notes])
    expect(await verifyLog(await reader(), { keys, previous })).toMatchObject({ kind: 'intact', size: SIZE })
})

test('a log that has signed nothing is empty, but not when it had been seen to hold something', async () => {
  const nothing: LogReader = { checkpoint: async () => null, entries: async () => [], tile: async () => null }
  expect(await verifyLog(nothing, { keys, previous: null })).toEqual({ kind: 'empty' })
  expect((await verifyLog(nothing, { keys, previous: notes[0]! })).kind).not.toBe('empty')
})

describe('one changed byte fails the log', () => {
  test('in an entry, and the first changed leaf is named', async () => {
    const copy = await copyOf(await reader())
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: SIZE - 1 }), fc.nat(), fc.nat({ max: 6 }), async (leaf, at, bit) => {
        const { entry, leafHash } = copy.entries[leaf]!
        const changed = flipIn(Buffer.from(entry), at, bit).toString('latin1')
        const entries = copy.entries.with(leaf, { entry: changed, leafHash })
        const verdict = await verifyLog(readerOf({ ...copy, entries }), { keys, previous: null })
        expect(verdict).toEqual({ kind: 'leaf-changed', leaf })
      }),
      { numRuns: 60 },
    )
  })

  test('in any stored hash', async () => {
    const copy = await copyOf(await reader())
    const anyTile = fc.constantFrom(...copy.tiles.keys())
    await fc.assert(
      fc.asyncProperty(anyTile, fc.nat(), fc.nat(), async (name, at, bit) => {
        const tiles = new Map(copy.tiles).set(name, flipIn(copy.tiles.get(name)!, at, bit))
        const verdict = await verifyLog(readerOf({ ...copy, tiles }), { keys, previous: null })
        expect(verdict.kind).toBe(name.startsWith('0/') ? 'leaf-changed' : 'tile-changed')
      }),
      { numRuns: 60 },
    )
  })

  test('in the checkpoint', async () => {
    const copy = await copyOf(await reader())
    const bytes = Buffer.from(copy.note)
    for (let at = 0; at < bytes.length; at += 1) {
      const note = flipIn(bytes, at, at).toString('utf8')
      const verdict = await verifyLog(readerOf({ ...copy, note }), { keys, previous: null })
      expect(verdict).toEqual({ kind: 'checkpoint-not-signed' })
    }
  })

  test('in the checkpoint that was kept', async () => {
    const bytes = Buffer.from(notes[1]!)
    const copy = await copyOf(await reader())
    for (let at = 0; at < bytes.length; at += 7) {
      const previous = flipIn(bytes, at, at).toString('utf8')
      expect(await verifyLog(readerOf(copy), { keys, previous })).toEqual({ kind: 'checkpoint-not-signed' })
    }
  })

  test('in the database itself', async () => {
    const verify = async () => verifyLog(await reader(), { keys, previous: null })
    const changes = [
      ["entry = entry || ' '", 'entry = rtrim(entry)'],
      ['leaf_hash = set_byte(leaf_hash, 9, 255 - get_byte(leaf_hash, 9))'],
    ]
    for (const [change, back = change] of changes) {
      await db.pool.query(`update audit_leaf set ${change} where position = 333`)
      expect(await verify()).toEqual({ kind: 'leaf-changed', leaf: 333 })
      await db.pool.query(`update audit_leaf set ${back} where position = 333`)
      expect(await verify()).toMatchObject({ kind: 'intact' })
    }
  })
})

test('a leaf that is missing is named', async () => {
  const copy = await copyOf(await reader())
  const entries = copy.entries.slice(0, 401)
  expect(await verifyLog(readerOf({ ...copy, entries }), { keys, previous: null })).toEqual({
    kind: 'leaf-missing',
    leaf: 401,
  })
})

describe('whoever holds the signing key cannot rewrite what was seen', () => {
  const forger = generateKeyPairSync('ed25519')
  const publicKey = Buffer.from(forger.publicKey.export({ format: 'jwk' }).x!, 'base64url')
  const signed = (checkpoint: { origin: string; size: number; root: Uint8Array }) =>
    signNote(
      formatCheckpoint(checkpoint),
      noteSigner(sha256, { name: checkpoint.origin, publicKey }),
      (text) => sign(null, text, forger.privateKey),
    )
  const trusted = () => [...keys, publicKey]

  test('a signature of a key that is not known is refused', async () => {
    const copy = await copyOf(await reader())
    const note = signed({ origin: 'heed/x', size: SIZE, root: randomBytes(32) })
    const verdict = await verifyLog(readerOf({ ...copy, note }), { keys, previous: null })
    expect(verdict).toEqual({ kind: 'checkpoint-not-signed' })
  })

  test('a root that is not that of the entries is found', async () => {
    const copy = await copyOf(await reader())
    const note = signed({ origin: (await rig.log()).origin, size: SIZE, root: randomBytes(32) })
    const verdict = await verifyLog(readerOf({ ...copy, note }), { keys: trusted(), previous: null })
    expect(verdict).toEqual({ kind: 'root-differs', size: SIZE })
  })

  test('a history that does not contain the kept checkpoint is found, and so is a shorter one', async () => {
    const { origin } = await rig.log()
    const other = signed({ origin, size: 300, root: randomBytes(32) })
    expect(await verifyLog(await reader(), { keys: trusted(), previous: other })).toEqual({
      kind: 'history-changed',
      size: 300,
    })
    const longer = signed({ origin, size: 700, root: randomBytes(32) })
    expect(await verifyLog(await reader(), { keys: trusted(), previous: longer })).toEqual({
      kind: 'shorter-than-before',
      size: SIZE,
      before: 700,
    })
  })

  test('another log is another log, unless its first leaf names the one that was kept', async () => {
    const stranger = signed({ origin: 'heed/other', size: 1, root: randomBytes(32) })
    expect(await verifyLog(await reader(), { keys: trusted(), previous: stranger })).toMatchObject({
      kind: 'another-log',
    })
    await db.pool.query('update audit_log set shown_size = 900')
    await rig.tellMany(2)
    await rig.sequence()
    await rig.sign()
    expect(await verifyLog(await reader(), { keys, previous: notes[3]! })).toMatchObject({
      kind: 'intact',
      size: 3,
    })
    const longer = signed({ origin: notes[3]!.split('\n')[0]!, size: 901, root: randomBytes(32) })
    expect(await verifyLog(await reader(), { keys: trusted(), previous: longer })).toMatchObject({
      kind: 'shorter-than-before',
    })
  })
})
