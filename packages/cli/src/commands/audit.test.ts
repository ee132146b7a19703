import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { heedForTests } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
const kept = join(heed.dataDir, 'look.json')
beforeAll(async () => {
  await heed.start()
  for (const user of ['u1', 'u2', 'u3']) await heed.run(['suppress', '--user-id', user])
  await signedEntries(3)
})

/** The sequencer numbers and signs within a second. */
async function signedEntries(least: number): Promise<void> {
  const { data } = await heed
    .client()
    .audit.entries()
    .firstPage()
    .catch(() => ({ data: [] }))
  if (data.length >= least) return
  await new Promise((done) => setTimeout(done, 100))
  await signedEntries(least)
}

const verify = async (...args: string[]) => {
  const { exitCode, out } = await heed.run(['audit', 'verify', '--json', ...args])
  return { exitCode, ...JSON.parse(out) }
}

test('finds an untouched log intact, and that it continues what was kept', async () => {
  expect(await verify()).toMatchObject({
    exitCode: 0,
    kind: 'intact',
    isCompared: false,
    size: expect.any(Number),
  })
  expect(await verify('--keep', kept)).toMatchObject({ exitCode: 0, isCompared: false })
  const { size } = await verify('--keep', kept)
  await heed.run(['suppress', '--user-id', 'u4'])
  await signedEntries(size + 1)
  expect(await verify('--keep', kept)).toMatchObject({ exitCode: 0, kind: 'intact', isCompared: true })
  expect((await heed.run(['audit', 'verify', '--keep', kept])).out).toMatch(
    /^Intact: \d+ entries of .+, root [0-9a-f]{64}\.\nIt continues/,
  )
})

test('finds a log that no kept key has signed', async () => {
  const look = JSON.parse(await readFile(kept, 'utf8'))
  const other = join(heed.dataDir, 'other.json')
  await writeFile(other, JSON.stringify({ ...look, keys: [Buffer.alloc(32, 1).toString('base64url')] }))
  const { exitCode, out } = await heed.run(['audit', 'verify', '--keep', other])
  expect([exitCode, out]).toEqual([
    1,
    expect.stringMatching(/^Not intact: no key that is known from the earlier look/),
  ])
  await writeFile(other, '{"keys":1}')
  expect(await heed.run(['audit', 'verify', '--keep', other])).toMatchObject({ exitCode: 2 })
})

test('finds the one entry that was changed', async () => {
  await heed.rows(`update audit_leaf set entry = entry || ' ' where position = 1`)
  const { exitCode, out } = await heed.run(['audit', 'verify'])
  expect([exitCode, out]).toEqual([1, 'Not intact: entry 1 is not the one that was logged.\n'])
})
