import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { archived, archives } from '../testing/archive.ts'
import { ADMIN_TOKEN, heedForTests, WRITE_KEY } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
const files = await archives()
beforeAll(() => heed.start())

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const LINES = 6_000

/** Runs `heed import` as a process of its own and kills it when the progress file says that so many lines are done. */
async function importUntil(file: string, lines: number): Promise<number | null> {
  const env = {
    PATH: process.env.PATH ?? '',
    HEED_URL: heed.url(),
    HEED_TOKEN: ADMIN_TOKEN,
    HEED_WRITE_KEY: WRITE_KEY,
  }
  const child = spawn(process.execPath, [MAIN, 'import', file, '--json'], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (child.exitCode === null && (await linesDone(file)) < lines)
    await new Promise((done) => setTimeout(done, 5))
  child.kill('SIGKILL')
  await ended
  return child.exitCode
}

async function linesDone(file: string): Promise<number> {
  const text = await readFile(`${file}.heed-import`, 'utf8').catch(() => '{"lines":0}')
  return JSON.parse(text).lines
}

test('an import that was killed goes on, and stores every line once', { timeout: 120_000 }, async () => {
  const file = await files.write(
    'killed.gz',
    Array.from({ length: LINES }, (_, n) =>
      archived({
        event: 'Killed',
        userId: `u${n % 300}`,
        properties: { n, pad: 'x'.repeat(300) },
        ...(n % 3 === 0 ? { messageId: `m-${n}` } : {}),
      }),
    ),
  )
  expect(await importUntil(file, 1)).toBeNull()
  const afterFirst = await linesDone(file)
  expect(afterFirst).toBeGreaterThan(0)
  expect(await importUntil(file, afterFirst + 1)).toBeNull()
  expect(await linesDone(file)).toBeLessThan(LINES)
  // As if the kill had come between an answer and the note of it.
  const { exitCode, out } = await heed.run(['import', file, '--json'])
  expect([exitCode, JSON.parse(out).lines]).toEqual([0, LINES])

  const stored = await heed.rows(`select count(*)::int as count from event where name = 'Killed'`)
  expect(stored).toEqual([{ count: LINES }])
  await rm(`${file}.heed-import`)
  const again = JSON.parse((await heed.run(['import', file, '--json'])).out)
  expect(again.counts).toMatchObject({ stored: 0, duplicate: LINES })
})
