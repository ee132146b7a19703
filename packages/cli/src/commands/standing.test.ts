import { beforeAll, expect, test } from 'vitest'
import { heedForTests } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(() => heed.start())

const explain = async (...args: string[]) => JSON.parse((await heed.run(['explain', ...args, '--json'])).out)

test('suppresses whoever the options and standard input name, and lifts it again', async () => {
  const args = ['suppress', '--email', 'Ada@Example.com', '--kind', 'csuId=4711', '--stdin', '--json']
  const { exitCode, out, err } = await heed.run(args, { input: 'userId=u1\n\nphone=+49 30 123456\r\n' })
  expect([exitCode, err]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({
    type: 'suppress',
    status: 'settled',
    identifierCount: 4,
    scope: {},
  })
  for (const named of [
    ['--email', 'ada@example.com'],
    ['--kind', 'csuId=4711'],
    ['--user-id', 'u1'],
    ['--phone', '+4930123456'],
  ])
    expect(await explain(...named)).toMatchObject({
      suppressed: true,
      causes: [{ kind: 'suppress-request', until: null }],
    })
  expect(await explain('--user-id', 'u2')).toMatchObject({ suppressed: false, causes: [] })

  expect(await heed.run(['unsuppress', '--email', 'ada@example.com'])).toMatchObject({ exitCode: 0 })
  expect(await explain('--email', 'ada@example.com')).toMatchObject({ suppressed: false })
})

test('suppresses for one source', async () => {
  const { data } = await heed.client().sources.list().firstPage()
  const source = data[0]?.id ?? ''
  const { out } = await heed.run([
    'suppress',
    '--user-id',
    'u9',
    '--source',
    source,
    '--reason',
    'ticket 12',
    '--json',
  ])
  expect(JSON.parse(out)).toMatchObject({ scope: { sources: [source] }, reason: 'ticket 12' })
  expect(await explain('--user-id', 'u9')).toMatchObject({ causes: [{ scope: source }] })
})

test('tells people in short, aligned lines', async () => {
  const { out } = await heed.run(['suppress', '--user-id', 'u3'])
  expect(out).toMatch(
    /^request {3}req_[0-9a-f-]{36}\nsuppress {2}in effect since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\nnamed {5}1 identifier\nscope {5}every source\n$/,
  )
  const { out: told } = await heed.run(['explain', '--user-id', 'u3'])
  expect(told).toMatch(/^suppressed {2}yes, since .+ UTC\npeople {6}.+\ndropped {5}0 events since/)
  expect(told).toMatch(/^cau_\S+ {2}suppress-request {2}workspace {2}.+ {2}holds {2}token:tok_/m)
})

test('what the server refuses ends with 4, under the id of the call, without the value', async () => {
  const { exitCode, err } = await heed.run(['suppress', '--phone', 'ada@example.com'])
  expect(exitCode).toBe(4)
  expect(err).toMatch(/\(request [0-9a-f-]{36}\)\n$/)
  expect(err).not.toContain('ada@')
  const { exitCode: code, out } = await heed.run(['explain', '--user-id', 'u1', '--json'], {
    env: { HEED_TOKEN: 'wrong-token-wrong-token' },
  })
  expect([code, JSON.parse(out)]).toMatchObject([
    4,
    { error: { code: 'unauthenticated', requestId: expect.any(String) } },
  ])
})

test('--url and --token outrank the environment, wherever they stand', async () => {
  const env = { HEED_URL: 'http://127.0.0.1:9', HEED_TOKEN: 'wrong' }
  const known = ['--url', heed.url(), '--token', heed.env.HEED_ADMIN_TOKEN ?? '']
  expect(await heed.run([...known, 'token', 'list'], { env })).toMatchObject({ exitCode: 0 })
  expect(await heed.run(['token', 'list', ...known], { env })).toMatchObject({ exitCode: 0 })
})
