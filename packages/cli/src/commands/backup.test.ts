import { cp, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { cloneDatabase, heedForTests } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
const restoredUrl = await cloneDatabase('nothing')
beforeAll(() => heed.start())

test('a restored backup has what it had, and forgets no "no" that was made since', async () => {
  const file = join(heed.dataDir, 'heed.backup')
  await heed.run(['suppress', '--user-id', 'before'])
  const { exitCode, out } = await heed.run(['backup', file])
  expect([exitCode, out]).toEqual([0, expect.stringContaining('The master key is not in it')])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await heed.run(['suppress', '--user-id', 'after'])
  await heed.stop()

  const into = { env: { HEED_DATABASE_URL: restoredUrl } }
  const restored = await heed.run(['restore', file, '--json'], into)
  expect([restored.exitCode, JSON.parse(restored.out)]).toMatchObject([0, { takenAt: expect.any(String) }])
  await heed.start({ HEED_DATABASE_URL: restoredUrl })
  for (const user of ['before', 'after'])
    expect((await heed.run(['explain', '--user-id', user])).out).toMatch(/^suppressed {2}yes/)
  await heed.stop()
})

test('restore refuses a database that has something, and a file that is no backup', async () => {
  const file = join(heed.dataDir, 'heed.backup')
  const full = await heed.run(['restore', file])
  expect([full.exitCode, full.err]).toEqual([1, expect.stringContaining('into an empty database only')])
  const other = join(heed.dataDir, 'node-id')
  await cp(other, join(heed.dataDir, 'copy'))
  const { exitCode, err } = await heed.run(['restore', join(heed.dataDir, 'copy')])
  expect([exitCode, err]).toEqual([1, expect.stringContaining('cannot be read')])
  expect(await readFile(other, 'utf8')).toMatch(/^node-/)
})
