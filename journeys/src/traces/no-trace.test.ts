import { expect, onTestFinished, test } from 'vitest'
import { bootHeed, type Heed } from '../boot/boot-heed.ts'
import { journeyHeed } from '../boot/journey-heed.ts'
import { askForRights, liveALife } from './live-a-life.ts'
import { filesUnder, type Place, tablesOf } from './read-everything.ts'
import { newSecrets, type Secrets, secretsIn } from './secrets.ts'
import { type Walker, walker } from './walker.ts'

const PATIENCE = { timeout: 20_000 }
const secrets = newSecrets()
const heed = await journeyHeed({ settings: { HEED_LOG_LEVEL: 'trace' } })

/** The places that hold something of the person, and what. */
const traces = (places: readonly Place[], of: Secrets = secrets) =>
  places
    .map(({ where, text }) => ({ where, found: secretsIn(text, of) }))
    .filter(({ found }) => found.length > 0)

const statusesOf = (walk: Walker) => new Set(walk.answers().map(({ status }) => status))

async function openPagesOf(heed: Heed): Promise<readonly Place[]> {
  const paths = ['/metrics', '/openapi.json', '/docs', '/healthz', '/readyz']
  return Promise.all(
    paths.map(async (where) => ({ where, text: await (await fetch(heed.url + where)).text() })),
  )
}

async function listsOf(heed: Heed): Promise<readonly Place[]> {
  const paths = [
    '/api/v1/requests',
    '/api/v1/suppressions',
    '/api/v1/drops',
    '/api/v1/tokens',
    '/api/v1/sources',
  ]
  return Promise.all(paths.map(async (where) => ({ where, text: JSON.stringify(await heed.control(where)) })))
}

/** Public keys have tied this person together, so an erase of theirs waits for somebody's word. */
async function approveErase(heed: Heed): Promise<void> {
  const { data } = (await heed.control('/api/v1/requests')) as { data: { id: string; status: string }[] }
  const waiting = data.find(({ status }) => status === 'awaiting-approval')
  await heed.control(`/api/v1/requests/${waiting?.id}/approve`, {})
}

const auditLogOf = async (heed: Heed) =>
  JSON.stringify(await heed.control('/api/v1/audit/entries?limit=1000'))

test('a whole life at Heed leaves no identifier in a log line, an error, a metric, an address, a list or a table', async () => {
  const walk = walker(heed, secrets)
  await liveALife(walk)
  const known = JSON.stringify(await heed.events())
  expect(secretsIn(known, secrets)).toEqual(
    expect.arrayContaining(['userId', 'email', 'phone', 'name', 'address']),
  )

  await askForRights(walk)
  await approveErase(heed)
  const answers = walk.answers().map(({ what, text }): Place => ({ where: what, text }))
  expect(statusesOf(walk)).toEqual(new Set([200, 201, 400, 401, 404, 422]))
  expect(traces(answers)).toEqual([])
  expect(traces(await openPagesOf(heed))).toEqual([])
  expect(traces(await listsOf(heed))).toEqual([])

  await expect.poll(() => auditLogOf(heed), PATIENCE).toContain('suppression-lifted')
  await expect.poll(() => auditLogOf(heed), PATIENCE).toContain('person-erased')
  expect(traces([{ where: 'the audit log', text: await auditLogOf(heed) }])).toEqual([])

  const tables = await tablesOf(heed.databaseUrl ?? '')
  expect(tables.find(({ where }) => where.includes('event'))).toBeDefined()
  expect(JSON.stringify(tables)).toContain('Ordered')
  expect(traces(tables)).toEqual([])

  await heed.kill('SIGTERM')
  expect(heed.printed()).toContain('"msg":"answered"')
  expect(traces([{ where: 'what Heed printed', text: heed.printed() }])).toEqual([])
})

test('nor in any file of the data folder: database, write-ahead log, server log, journal', async () => {
  const embedded = await bootHeed({ settings: { HEED_LOG_LEVEL: 'trace' } })
  onTestFinished(embedded.remove)
  const walk = walker(embedded, secrets)
  await liveALife(walk)
  await askForRights(walk)
  await approveErase(embedded)
  await embedded.kill('SIGTERM')
  const files = await filesUnder(embedded.dataDir)
  expect(files.filter(({ where }) => where.includes('/pg_wal/')).length).toBeGreaterThan(0)
  expect(files.filter(({ where }) => where.includes('/journal/')).length).toBeGreaterThan(0)
  expect(files.some(({ text }) => text.includes('Ordered'))).toBe(true)
  expect(traces(files)).toEqual([])
})
