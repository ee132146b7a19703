import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { masterKey } from '../keys/master-key.ts'
import { journalKey, keepJournalKey } from './journal-key.ts'
import { openJournal } from './open-journal.ts'

const [first, second, third] = [1, 2, 3].map((byte) => masterKey(Buffer.alloc(32, byte))) as [
  ReturnType<typeof masterKey>,
  ReturnType<typeof masterKey>,
  ReturnType<typeof masterKey>,
]
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-journal-key-'))
})
afterEach(() => rm(folder, { recursive: true }))

const keyUnder = async (master: typeof first) => (await journalKey({ folder, masterKey: master })).export()

test('comes from the master key alone, so that a folder that was put back needs nothing else', async () => {
  expect(await keyUnder(first)).toEqual(await keyUnder(first))
  expect(await keyUnder(first)).not.toEqual(await keyUnder(second))
})

test('stays the same through rotations of the master key, done once or twice, and still opens under the old', async () => {
  const key = await keyUnder(first)
  await keepJournalKey(folder, { from: first, to: second })
  await keepJournalKey(folder, { from: first, to: second })
  await keepJournalKey(folder, { from: second, to: third })
  expect([await keyUnder(first), await keyUnder(second), await keyUnder(third)]).toEqual([key, key, key])
})

test('a chain written before the rotation is gone on with after it', async () => {
  const before = await openJournal({
    folder,
    nodeId: 'n1',
    key: await journalKey({ folder, masterKey: first }),
  })
  const at = '2026-01-01T00:00:00.000Z'
  const entry = {
    kind: 'void',
    workspaceId: '01900000-0000-7000-8000-000000000001',
    at,
    positions: [1],
  } as const
  await before.append([{ ...entry, positions: [...entry.positions] }])
  await keepJournalKey(folder, { from: first, to: second })
  await before.append([{ ...entry, positions: [...entry.positions] }])
  await before.close()
  const after = await openJournal({
    folder,
    nodeId: 'n1',
    key: await journalKey({ folder, masterKey: second }),
  })
  expect(after.lastPosition()).toBe(2)
  await after.close()
})
