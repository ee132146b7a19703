import { createSecretKey } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JournalChain, PositionedEntry } from './journal.ts'
import { chainPath, chainsIn } from './journal-chain.ts'
import type { JournalEntry } from './journal-entry.ts'
import { openJournal } from './open-journal.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const workspaceId = '01900000-0000-7000-8000-000000000001'
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-journal-'))
})
afterEach(() => rm(folder, { recursive: true }))

const reopen = (nodeId = 'n1') => openJournal({ folder, nodeId, key })
const contents = () => readFile(chainPath(folder, 'n1'))

const lifted = (seq: number): JournalEntry => ({
  kind: 'unsuppressed',
  workspaceId,
  seq,
  at: '2026-01-01T00:00:00.000Z',
  causes: [workspaceId],
  digests: null,
  liftedBy: 'token:tok_1',
})

async function read(chain: JournalChain, after = 0): Promise<PositionedEntry[]> {
  const entries: PositionedEntry[] = []
  for await (const entry of chain.readAfter(after)) entries.push(entry)
  return entries
}

test('keeps every acknowledged entry across a restart, in order', async () => {
  const first = await reopen()
  expect(await first.append([lifted(1), lifted(2)])).toBe(2)
  expect(await first.append([lifted(3)])).toBe(3)
  await first.close()

  const second = await reopen()
  expect(second.lastPosition()).toBe(3)
  expect(await second.append([lifted(4)])).toBe(4)
  expect(await read(second, 1)).toEqual([
    { position: 2, entry: lifted(2) },
    { position: 3, entry: lifted(3) },
    { position: 4, entry: lifted(4) },
  ])
  await second.close()
})

test('gives each of a thousand callers at once its own position, and no gap', async () => {
  const journal = await reopen()
  const positions = await Promise.all(
    Array.from({ length: 1000 }, (_, at) => journal.append([lifted(at + 1)])),
  )
  expect(positions).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1))
  expect((await read(journal)).map(({ entry }) => 'seq' in entry && entry.seq)).toEqual(positions)
  expect(await journal.verify()).toEqual({ kind: 'intact', lastPosition: 1000 })
  await journal.close()
})

test('holds one chain a node in the same folder', async () => {
  const [one, two] = [await reopen('n1'), await reopen('n2')]
  await one.append([lifted(1)])
  await two.append([lifted(2), lifted(3)])
  const chains = await chainsIn({ folder, key })
  expect(chains.map((chain) => chain.nodeId)).toEqual(['n1', 'n2'])
  expect(await Promise.all(chains.map(async (chain) => (await read(chain)).length))).toEqual([1, 2])
  await Promise.all([one.close(), two.close()])
})

describe('after a kill', () => {
  async function written(entries: number): Promise<Buffer> {
    const journal = await reopen()
    for (let seq = 1; seq <= entries; seq += 1) await journal.append([lifted(seq)])
    await journal.close()
    return contents()
  }

  test('cuts off a torn last line, wherever it tore, and goes on', async () => {
    const whole = await written(2)
    const firstLine = whole.indexOf('\n') + 1
    for (let length = firstLine; length < whole.length; length += 17) {
      await writeFile(chainPath(folder, 'n1'), whole.subarray(0, length))
      const journal = await reopen()
      expect(journal.lastPosition()).toBe(1)
      expect(await journal.append([lifted(9)])).toBe(2)
      expect((await journal.verify()).kind).toBe('intact')
      await journal.close()
    }
  })

  test('cuts off the zeros that a power cut leaves', async () => {
    await written(2)
    await appendFile(chainPath(folder, 'n1'), Buffer.alloc(4096))
    const journal = await reopen()
    expect(journal.lastPosition()).toBe(2)
    await journal.close()
  })

  test('refuses a file in which any one byte was changed, and says where', async () => {
    const whole = await written(3)
    const lineOf = (at: number) => whole.subarray(0, at).filter((byte) => byte === 0x0a).length + 1
    const everyThird = Array.from({ length: Math.ceil(whole.length / 3) }, (_, index) => index * 3)
    for (const at of [...everyThird, whole.length - 1]) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      await writeFile(chainPath(folder, 'n1'), changed)
      await expect(reopen()).rejects.toMatchObject({ name: 'CannotStart', position: lineOf(at) })
    }
  })

  test('refuses a chain with a line missing in the middle', async () => {
    const lines = (await written(3)).toString().split('\n')
    await writeFile(chainPath(folder, 'n1'), [lines[0], lines[2], ''].join('\n'))
    await expect(reopen()).rejects.toThrow('damaged at entry 2')
  })

  test("refuses another node's file and another key", async () => {
    await writeFile(chainPath(folder, 'n2'), await written(1))
    await expect(reopen('n2')).rejects.toThrow('damaged at entry 1')
    const otherKey = createSecretKey(Buffer.alloc(32, 8))
    await expect(openJournal({ folder, nodeId: 'n1', key: otherKey })).rejects.toThrow('another master key')
  })
})

test('acknowledges nothing once another process has written to its chain', async () => {
  const [one, two] = [await reopen(), await reopen()]
  await one.append([lifted(1)])
  await expect(two.append([lifted(1)])).rejects.toThrow('another process')
  await expect(two.append([lifted(1)])).rejects.toThrow('another process')
  expect(await one.append([lifted(2)])).toBe(2)
  expect(await one.verify()).toEqual({ kind: 'intact', lastPosition: 2 })
  await Promise.all([one.close(), two.close()])
})

test('finishes what waits before it closes, and refuses what comes after', async () => {
  const journal = await reopen()
  const pending = journal.append([lifted(1)])
  await journal.close()
  expect(await pending).toBe(1)
  await expect(journal.append([lifted(2)])).rejects.toThrow('stopping')
})
