import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { archived, archives, dumped } from '../testing/archive.ts'
import { heedForTests } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
const files = await archives()
beforeAll(() => heed.start())

const importJson = async (...args: string[]) => {
  const { exitCode, out } = await heed.run(['import', ...args, '--json'])
  return { exitCode, ...JSON.parse(out) }
}
const countOf = async (name: string) =>
  (await heed.rows(`select count(*)::int as count from event where name = '${name}'`))[0]?.count

test('stores Segment archives and RudderStack dumps with their own times, packed or not', async () => {
  const segment = await files.write('1772366400000.1.gz', [
    archived({ event: 'A', messageId: 'a1' }),
    archived({ event: 'A' }),
  ])
  expect(await importJson(segment)).toMatchObject({
    exitCode: 0,
    lines: 2,
    counts: { stored: 2 },
    passedOver: [],
  })
  const rudder = await files.write('dump.ndjson', [dumped({ event: 'A', messageId: 'a2' }), ''])
  expect(await importJson(rudder)).toMatchObject({ exitCode: 0, counts: { stored: 1 } })
  const { data } = await heed.client().events.list({ name: 'A' }).firstPage()
  expect(data).toHaveLength(3)
  for (const event of data)
    expect(event).toMatchObject({
      eventAt: '2026-03-01T11:59:59.000Z',
      receivedAt: '2026-03-01T12:00:00.000Z',
    })
})

test('stores nothing of a suppressed person, under any identifier, and says so', async () => {
  await heed.run(['suppress', '--user-id', 'gone', '--email', 'gone@example.com'])
  const lines = [
    archived({ event: 'B', userId: 'gone', messageId: 'b1' }),
    archived({
      event: 'B',
      userId: null,
      anonymousId: 'x1',
      context: { traits: { email: 'GONE@example.com' } },
      messageId: 'b2',
    }),
    archived({ event: 'B', userId: 'here', messageId: 'b3' }),
  ]
  expect(await importJson(await files.write('b.ndjson', lines))).toMatchObject({
    exitCode: 0,
    counts: { suppressed: 2, stored: 1 },
  })
  expect(await countOf('B')).toBe(1)
})

test('keeps out what arrived while its person was suppressed, also after an unsuppress', async () => {
  await heed.run(['suppress', '--user-id', 'wavering'])
  const during = new Date().toISOString()
  await heed.run(['unsuppress', '--user-id', 'wavering'])
  const lines = [
    archived({ event: 'C', userId: 'wavering', receivedAt: during, timestamp: during, sentAt: during }),
    archived({ event: 'C', userId: 'wavering' }),
  ]
  expect(await importJson(await files.write('c.ndjson', lines))).toMatchObject({
    counts: { suppressed: 1, stored: 1 },
  })
})

test('passes over lines that are no events, tells their numbers and not what they hold, and ends with 5', async () => {
  const lines = [
    archived({ event: 'D' }),
    '{"userId":"ada@example.com", broken',
    '',
    '["ada@example.com"]',
    archived({ event: 'D', userId: '', anonymousId: null }),
    archived({ event: 'D', properties: { pad: 'x'.repeat(40_000) } }),
    `{"pad":"${'x'.repeat(1_100_000)}"}`,
    archived({ event: 'D', userId: 'u2' }),
  ]
  const file = await files.write('d.ndjson', lines)
  const { exitCode, out, err } = await heed.run(['import', file])
  expect(exitCode).toBe(5)
  expect(out).toMatch(/^8 lines, finished .+ UTC\n {10}2 {2}stored\n {10}2 {2}rejected\n {10}3 {2}malformed/)
  for (const line of [
    '2: not a JSON object',
    '4: not a JSON object',
    '5: no-identifier',
    '6: event-too-large',
    '7: not a JSON object',
  ])
    expect(out).toContain(`  line ${line}\n`)
  expect(out + err + (await readFile(`${file}.heed-import`, 'utf8'))).not.toContain('ada@')
  expect(await countOf('D')).toBe(2)
})

test('does nothing twice: neither again, nor elsewhere, nor packed differently', async () => {
  const lines = [
    archived({ event: 'E', messageId: 'e1' }),
    archived({ event: 'E' }),
    archived({ event: 'E' }),
  ]
  const file = await files.write('e.ndjson', lines)
  const first = await importJson(file)
  expect(first.counts).toMatchObject({ stored: 3 })
  expect(await importJson(file)).toEqual(first)
  expect(await importJson(file, '--again')).toMatchObject({ counts: { stored: 0, duplicate: 3 } })
  const packed = files.path('e-elsewhere.gz')
  await writeFile(packed, gzipSync(await readFile(file)))
  expect(await importJson(packed)).toMatchObject({ counts: { stored: 0, duplicate: 3 } })
  expect(await countOf('E')).toBe(3)
})

test('does not go on with the progress of another file, server or source', async () => {
  const file = await files.write('f.ndjson', [archived({ event: 'F' })])
  await importJson(file)
  const other = await heed.run(['import', file, '--write-key', 'another-write-key'])
  expect(other).toMatchObject({ exitCode: 2, err: expect.stringContaining('of another server or source') })
  await files.write('f.ndjson', [archived({ event: 'F', userId: 'changed' })])
  expect(await heed.run(['import', file])).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('of another file'),
  })
})

test('refuses a file that was cut off before anything of it is imported', async () => {
  const file = await files.write(
    'g.gz',
    Array.from({ length: 500 }, (_, n) => archived({ event: 'G', properties: { n } })),
  )
  await truncate(file, 400)
  expect(await heed.run(['import', file])).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('cut off'),
  })
  expect(await countOf('G')).toBe(0)
})

test('halves what a source with small limits refuses', async () => {
  const small = await heed
    .client()
    .sources.create({ name: 'small', settings: { maxBatchEvents: 3, maxBatchBytes: 2048 } })
  const file = await files.write('h.ndjson', [
    ...Array.from({ length: 10 }, (_, n) => archived({ event: 'H', userId: `h${n}` })),
    archived({ event: 'H', properties: { pad: 'x'.repeat(3000) } }),
  ])
  const done = await importJson(file, '--write-key', small.writeKey ?? '')
  expect(done).toMatchObject({
    exitCode: 5,
    counts: { stored: 10, rejected: 1 },
    passedOver: [{ line: 11, reason: 'event-too-large' }],
  })
})

test('waits where the server says so, and goes on with the same batch', async () => {
  const file = await files.write('i.ndjson', [archived({ event: 'I' })])
  let refusals = 2
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (refusals === 0) return globalThis.fetch(url, init)
    refusals -= 1
    const body = { code: 'overloaded', detail: 'Wait.', requestId: 'r' }
    return Response.json(body, { status: 503, headers: { 'retry-after': '0' } })
  }
  expect(await heed.run(['import', file], { fetch })).toMatchObject({ exitCode: 0 })
  expect(await countOf('I')).toBe(1)
})

test('without the right to see verdicts it says only what was taken', async () => {
  const blind = await heed.client().tokens.create({ name: 'blind', scopes: ['audit:read'] })
  const file = await files.write('j.ndjson', [archived({ event: 'J' })])
  const { exitCode, out } = await heed.run(['import', file], { env: { HEED_TOKEN: blind.token ?? '' } })
  expect([exitCode, out]).toEqual([0, expect.stringContaining('1  taken; the token may not see verdicts')])
})

test('an unknown write key ends with 4, and nothing counts as done', async () => {
  const file = await files.write('k.ndjson', [archived({ event: 'K' })])
  const { exitCode, err } = await heed.run(['import', file, '--write-key', 'no-such-write-key'])
  expect([exitCode, err]).toEqual([4, expect.stringContaining('write key')])
  await rm(`${file}.heed-import`, { force: true })
  expect(await importJson(file)).toMatchObject({ counts: { stored: 1 } })
})
