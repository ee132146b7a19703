import { createSecretKey } from 'node:crypto'
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendQueue } from './append-queue.ts'
import type { JournalEntry } from './journal-entry.ts'
import { chainStart } from './journal-line.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
let folder = ''
let handle: FileHandle

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-queue-'))
  handle = await open(join(folder, 'chain'), 'a+')
})
afterEach(() => rm(folder, { recursive: true }))

const voided: JournalEntry = {
  kind: 'void',
  workspaceId: '01900000-0000-7000-8000-000000000001',
  at: '2026-01-01T00:00:00.000Z',
  positions: [1],
}
const begin = () => appendQueue({ handle, key, end: chainStart(key, 'n1'), endOffset: 0 })

/** A disk that refuses the next `failures` calls of one kind, counting all of them. */
function failing(method: 'datasync' | 'truncate', failures: number): { calls: number } {
  const counted = { calls: 0 }
  const real = handle[method].bind(handle)
  handle[method] = (async (...given: []) => {
    counted.calls += 1
    if (counted.calls <= failures) throw new Error('no space left on device')
    return real(...given)
  }) as (typeof handle)[typeof method]
  return counted
}

test('callers that wait together share one fsync', async () => {
  const counted = failing('datasync', 0)
  const queue = begin()
  await Promise.all(Array.from({ length: 500 }, () => queue.append([voided])))
  expect(counted.calls).toBeLessThan(5)
  expect(queue.lastPosition()).toBe(500)
  await queue.close()
})

test('a write that the disk refused leaves nothing behind, and the next one holds', async () => {
  failing('datasync', 1)
  const queue = begin()
  await expect(queue.append([voided])).rejects.toMatchObject({
    cause: { message: 'no space left on device' },
  })
  expect(await readFile(join(folder, 'chain'), 'utf8')).toBe('')
  expect(await queue.append([voided])).toBe(1)
  await queue.close()
})

test('when the half-written lines cannot be taken back, nothing more is acknowledged', async () => {
  failing('datasync', 1)
  failing('truncate', 1)
  const queue = begin()
  await expect(queue.append([voided])).rejects.toThrow('restart')
  await expect(queue.append([voided])).rejects.toThrow('restart')
  await queue.close()
})
