import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heedForTests, WRITE_KEY } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
const folder = await mkdtemp(join(tmpdir(), 'heed-export-'))
afterAll(() => rm(folder, { recursive: true }))
beforeAll(async () => {
  await heed.start()
  const answer = await fetch(`${heed.url()}/v1/track`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ userId: 'u1', event: 'Viewed' }),
  })
  expect(answer.status).toBe(200)
})

const ZIP_START = Buffer.from('PK\u0003\u0004')

test('asks, waits, and downloads to a file that only its owner reads', async () => {
  const out = join(folder, 'ada.zip')
  const ran = await heed.run(['export', '--user-id', 'u1', '--out', out, '--json'])
  expect([ran.exitCode, ran.err]).toEqual([0, ''])
  const { request, state, file } = JSON.parse(ran.out)
  expect(request).toMatch(/^req_/)
  expect(state).toBe('ready')
  const zip = await readFile(out)
  expect(zip.subarray(0, 4)).toEqual(ZIP_START)
  expect(file).toEqual({ path: out, bytes: zip.length })
  expect((await stat(out)).mode & 0o777).toBe(0o600)
})

test('writes over no file, and says so before a link is used up', async () => {
  const out = join(folder, 'there.zip')
  await writeFile(out, 'mine')
  const ran = await heed.run(['export', '--user-id', 'u1', '--out', out])
  expect(ran.exitCode).toBe(2)
  expect(ran.err).toContain('is there already')
  expect(await readFile(out, 'utf8')).toBe('mine')
})

test('goes on with a request that was opened before, and answers a link for the person', async () => {
  const { id } = await heed
    .client()
    .requests.open({ type: 'access', subject: { identifiers: [{ kind: 'userId', value: 'u1' }] } })
  const ran = await heed.run(['export', '--request', id, '--link', '--json'])
  const { link } = JSON.parse(ran.out)
  expect(link.url).toContain('/exports/')
  expect((await fetch(link.url)).headers.get('content-type')).toBe('application/zip')
  expect((await fetch(link.url)).status).toBe(404)
})

test('says that nobody is known, and fails', async () => {
  const ran = await heed.run(['export', '--user-id', 'nobody'])
  expect(ran.exitCode).toBe(1)
  expect(ran.out).toContain('nobody is known')
})
