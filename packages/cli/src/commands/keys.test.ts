import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { heedForTests } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(async () => {
  await heed.start()
  await heed.run(['suppress', '--email', 'ada@example.com'])
  await heed.client().importEvents({
    writeKey: heed.env.HEED_WRITE_KEY ?? '',
    batch: Array.from({ length: 20 }, (_, n) => ({
      type: 'track',
      event: 'Kept',
      userId: `u${n}`,
      messageId: `m${n}`,
    })),
  })
})
beforeEach(async () => {
  if (heed.url().endsWith(':9')) await heed.start()
})

const show = async () => JSON.parse((await heed.run(['keys', 'show', '--json'])).out)
const masterKeyFile = join(heed.dataDir, 'master.key')

/** What only somebody with the right keys can know. */
async function expectEverythingReadable() {
  const { data } = await heed.client().events.list({ name: 'Kept', limit: 1000 }).firstPage()
  expect(data.map(({ content }) => content)).toHaveLength(20)
  for (const event of data) expect(event.content).toMatchObject({ userId: expect.stringMatching(/^u\d+$/) })
  expect((await heed.run(['explain', '--email', 'ada@example.com'])).out).toMatch(/^suppressed {2}yes/)
  expect(await heed.run(['audit', 'verify'])).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('Intact'),
  })
}

test('shows ids and versions, and no key', async () => {
  const { out } = await heed.run(['keys', 'show'])
  expect(out).toMatch(/^master key {2}mk_[0-9a-f]{16}\n\nworkspace .+\nwsp_\S+ +1 +1 +20\n$/)
  expect(out).not.toContain((await readFile(masterKeyFile, 'utf8')).trim())
})

test('rotates workspace keys beside a running Heed', async () => {
  const { exitCode, out } = await heed.run(['keys', 'rotate', 'workspace'])
  expect([exitCode, out]).toEqual([
    0,
    expect.stringMatching(/^wsp_\S+ {2}key version 2 {2}20 subject keys wrapped anew\n$/),
  ])
  const { workspaces } = await show()
  expect(workspaces).toMatchObject([{ keyVersions: [2], subjectKeys: 20 }])
  const one = await heed.run(['keys', 'rotate', 'workspace', workspaces[0].workspaceId, '--json'])
  expect(JSON.parse(one.out)).toMatchObject({
    workspaces: [{ kekVersion: 3, rewrapped: 20, isResumed: false }],
  })
  await expectEverythingReadable()
})

test('a workspace that is none is refused', async () => {
  const { exitCode, err } = await heed.run(['keys', 'rotate', 'workspace', 'wsp_ada'])
  expect([exitCode, err]).toEqual([1, expect.stringContaining('no such workspace')])
})

test('changes the master key of the data folder beside a running Heed, and everything opens after a restart', async () => {
  const before = await readFile(masterKeyFile, 'utf8')
  const [was] = (await show()).masterKeyIds
  const { exitCode, out } = await heed.run(['keys', 'rotate', 'master', '--json'])
  expect([exitCode, JSON.parse(out)]).toMatchObject([0, { from: was, rewrapped: 2, newKeyFile: null }])
  expect(await readFile(masterKeyFile, 'utf8')).not.toBe(before)
  expect((await show()).masterKeyIds).toEqual([JSON.parse(out).to])
  await expectEverythingReadable()
  await heed.stop()
  await heed.start()
  await expectEverythingReadable()
})

test('changes a master key that comes from the settings, into a file', async () => {
  await heed.stop()
  const HEED_MASTER_KEY = (await readFile(masterKeyFile, 'utf8')).trim()
  const file = join(heed.dataDir, 'new-master.key')
  const env = { HEED_MASTER_KEY }
  expect(await heed.run(['keys', 'rotate', 'master'], { env })).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('--to FILE'),
  })
  const { exitCode, out } = await heed.run(['keys', 'rotate', 'master', '--to', file], { env })
  expect([exitCode, out]).toEqual([0, expect.stringContaining(`Set HEED_MASTER_KEY to what ${file} holds`)])
  expect(out).not.toContain((await readFile(file, 'utf8')).trim())
  expect((await heed.run(['keys', 'rotate', 'master', '--to', file, '--json'], { env })).out).toContain(
    '"rewrapped":0',
  )
  await rm(masterKeyFile)
  await heed.start({ HEED_MASTER_KEY: (await readFile(file, 'utf8')).trim() })
  await expectEverythingReadable()
})
