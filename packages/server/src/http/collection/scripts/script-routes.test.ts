import { Script } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CollectionApp, collectionApp, KEY } from '../testing/collection-app.ts'

let door: CollectionApp

beforeEach(async () => {
  door = await collectionApp()
})
afterEach(() => door.app.close())

const get = (path: string, headers: Record<string, string> = { host: 'heed.example:4600' }) =>
  door.app.inject({ method: 'GET', url: path, headers })

test('SDKs learn where to send', async () => {
  const answer = await get(`/v1/projects/${KEY}/settings`)
  expect(answer.json()).toMatchObject({
    integrations: { 'Segment.io': { apiKey: KEY, apiHost: 'heed.example:4600/v1', protocol: 'http' } },
    metrics: { sampleRate: 0 },
  })
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=120',
  })
})

test('SDKs learn the public address where one is set', async () => {
  await door.app.close()
  door = await collectionApp({ parts: { publicUrl: 'https://events.shop.example' } })
  expect((await get(`/v1/projects/${KEY}/settings`)).json().integrations['Segment.io']).toMatchObject({
    apiHost: 'events.shop.example/v1',
    protocol: 'https',
  })
})

test("the snippet's script has key and host filled in and never calls Segment", async () => {
  const answer = await get(`/analytics.js/v1/${KEY}/analytics.min.js`)
  expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8')
  expect(answer.body).toContain(`window.analyticsWriteKey="${KEY}"`)
  expect(answer.body).toContain('"http://heed.example:4600/analytics-next/bundles/"')
  expect(answer.body).toContain('"heed.example:4600/v1"')
  expect(answer.body).not.toMatch(/cdn\.segment\.com|api\.segment\.io/)
  expect(() => new Script(answer.body)).not.toThrow()
})

test('serves every chunk the script may load later, for as long as its name lives', async () => {
  const script = (await get(`/analytics.js/v1/${KEY}/analytics.min.js`)).body
  const chunks = [...script.matchAll(/(\d+):"([0-9a-f]{20})"/g)].map(([, id, hash]) => {
    const name = new RegExp(`${id}:"([A-Za-z][\\w-]*)"`).exec(script)?.[1] ?? id
    return `${name}.bundle.${hash}.js`
  })
  expect(chunks.length).toBeGreaterThan(5)
  for (const chunk of chunks) {
    const { statusCode, headers } = await get(`/analytics-next/bundles/${chunk}`)
    expect([chunk, statusCode, headers['cache-control']]).toEqual([
      chunk,
      200,
      'public, max-age=31536000, immutable',
    ])
  }
})

test.each([
  '/analytics-next/bundles/..%2f..%2fpackage.json',
  '/analytics-next/bundles/standalone.js',
  '/analytics-next/bundles/constructor',
])('serves nothing else: %s', async (path) => {
  expect((await get(path)).statusCode).toBe(404)
})

test.each(['/v1/projects/%22%3E%3Cscript%3E/settings', '/analytics.js/v1/%22%3Balert(1)/analytics.min.js'])(
  'echoes no key that is not a source: %s',
  async (path) => {
    const answer = await get(path)
    expect(answer.json().code).toBe('unknown-write-key')
    expect(answer.body).not.toMatch(/script>|alert/)
  },
)

test('echoes no host that is not a host name', async () => {
  const answer = await get(`/analytics.js/v1/${KEY}/analytics.min.js`, { host: 'x";alert(1)//' })
  expect(answer.statusCode).toBe(400)
})
