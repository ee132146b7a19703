import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFolder } from './folder-lock.ts'
import { thisProcess } from './process-identity.ts'

let folder = ''
const nobodyElse = async () => false

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('lets exactly one of many starters in, again and again', async () => {
  for (let round = 0; round < 20; round += 1) {
    const attempts = await Promise.allSettled(
      Array.from({ length: 12 }, () => lockFolder(folder, nobodyElse)),
    )
    const holders = attempts.filter((attempt) => attempt.status === 'fulfilled')
    expect(holders).toHaveLength(1)
    await holders[0]?.value.release()
  }
  expect(await readdir(join(folder, 'lock'))).toEqual(['20'])
})

test('names the holder to whoever comes second', async () => {
  await lockFolder(folder, nobodyElse)
  await expect(lockFolder(folder, nobodyElse)).rejects.toThrow(`as process ${process.pid}.`)
})

test('lets exactly one in when the holder has crashed', async () => {
  await lockFolder(folder, nobodyElse)
  await crash({ pid: 2 ** 22 + 1 })
  const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder, nobodyElse)))
  expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1)
})

test('is not held by a process that got the pid of a crashed holder', async () => {
  await lockFolder(folder, nobodyElse)
  await crash({ startedAt: 'another boot:1' })
  await expect(lockFolder(folder, nobodyElse)).resolves.toBeDefined()
})

test('asks the server about a holder whose pid belongs to another container', async () => {
  await lockFolder(folder, nobodyElse)
  await crash({ namespace: 'pid:[1]' })
  await expect(lockFolder(folder, async () => true)).rejects.toThrow('already running')
  await expect(lockFolder(folder, nobodyElse)).resolves.toBeDefined()
})

/** Rewrites the holder's lock as a crash would have left it. */
async function crash(holder: object) {
  const [newest = ''] = await readdir(join(folder, 'lock'))
  await writeFile(
    join(folder, 'lock', newest),
    JSON.stringify({ ...thisProcess(), released: false, ...holder }),
  )
}
