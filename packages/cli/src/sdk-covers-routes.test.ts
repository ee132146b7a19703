import { createClient, type HeedClient } from '@heed/sdk'
import { beforeAll, expect, test } from 'vitest'
import { heedForTests } from './testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(() => heed.start())

const ID = 'xyz_00000000-0000-7000-8000-000000000000'
const HOLD = 'hld_00000000-0000-7000-8000-000000000000'
const WHO = { kind: 'userId', value: 'u1' }

/** Every method of the client, called once. */
async function callAll(client: HeedClient): Promise<void> {
  const {
    receipts,
    requests,
    subjects,
    events,
    suppressions,
    identityLinks,
    workspaces,
    sources,
    tokens,
    audit,
  } = client
  const lists = [
    requests.list(),
    receipts.ofRequest(ID),
    subjects.timeline(ID),
    client.holds.list(ID),
    events.list(),
    events.drops(),
    suppressions.list(),
    workspaces.list(),
    sources.list(),
    tokens.list(),
    audit.entries(),
  ]
  await Promise.all([
    ...lists.map((list) => list.firstPage()),
    requests.open({ type: 'suppress', subject: { identifiers: [WHO] } }),
    requests.get(ID),
    requests.approve(ID),
    requests.cancel(ID),
    requests.reverse(ID),
    requests.exportState(ID),
    requests.offerDownload(ID),
    requests.download({ url: `http://heed.test/exports/${ID}` }),
    receipts.get(ID),
    receipts.personsCopy(ID),
    receipts.open({ jws: 'x', opening: { subjectId: ID, nonce: 'x' } }),
    subjects.lookup(WHO),
    subjects.get(ID),
    client.erasurePreviews.make({ subject: { identifiers: [WHO] } }),
    client.holds.place(ID, { reason: 'x', until: 'y' }),
    client.holds.release(ID, HOLD),
    events.query('select'),
    events.queryAsCsv('select'),
    suppressions.explain(WHO),
    suppressions.lift({ source: ID, from: 'a', to: 'b' }),
    identityLinks.create({ identifiers: [WHO, WHO] }),
    identityLinks.remove(ID),
    workspaces.get(ID),
    workspaces.create({ name: 'x' }),
    workspaces.rename(ID, 'y'),
    sources.get(ID),
    sources.create({ name: 'x' }),
    sources.change(ID, { name: 'y' }),
    tokens.get(ID),
    tokens.create({ name: 'x', scopes: ['*'] }),
    tokens.revoke(ID),
    client.reports.revenue(),
    client.reports.funnel(),
    client.reports.lifecycle(),
    audit.checkpoint(),
    audit.tile({ level: 0, index: 0, width: 256 }),
    audit.proof({ leaf: 0 }),
    audit.keys(),
    client.readiness(),
    client.importEvents({ writeKey: 'k', batch: [] }),
  ])
}

test('the client has a method for every route of the control API, and none for one that does not exist', async () => {
  const called = new Set<string>()
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const path = new URL(String(url)).pathname
      .replace(`exports/${ID}`, 'exports/{token}')
      .replace(ID, '{id}')
      .replace(HOLD, '{holdId}')
      .replace(/tile\/.*/, 'tile/{*}')
    called.add(`${init?.method} ${path}`)
    return Response.json({ data: [], nextCursor: null })
  }
  await callAll(createClient({ baseUrl: heed.url(), token: null, fetch }))

  const answer = await globalThis.fetch(`${heed.url()}/openapi.json`)
  const { paths } = (await answer.json()) as { paths: Record<string, object> }
  const existing = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect([...called].filter((route) => !existing.includes(route))).toEqual([])
  expect(existing.filter((route) => route.includes(' /api/v1/') && !called.has(route))).toEqual([])
})
