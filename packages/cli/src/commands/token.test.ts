import { beforeAll, expect, test } from 'vitest'
import { heedForTests } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(() => heed.start())

const DAY_MS = 86_400_000

test('makes a token that works, lists it without its value, and ends it', async () => {
  const { out } = await heed.run([
    'token',
    'create',
    'desk',
    '--scope',
    'tokens:write',
    '--scope',
    'audit:read',
    '--expires',
    '90d',
    '--json',
  ])
  const made = JSON.parse(out)
  expect(made).toMatchObject({
    name: 'desk',
    scopes: ['tokens:write', 'audit:read'],
    token: expect.stringMatching(/^heed_/),
  })
  expect(Math.abs(Date.parse(made.expiresAt) - Date.now() - 90 * DAY_MS)).toBeLessThan(60_000)

  const as = { env: { HEED_TOKEN: made.token } }
  const listed = await heed.run(['token', 'list', '--json'], as)
  expect(JSON.parse(listed.out).tokens.map(({ name }: { name: string }) => name)).toContain('desk')
  expect(listed.out).not.toContain(made.token)

  expect(await heed.run(['token', 'revoke', made.id])).toMatchObject({
    exitCode: 0,
    out: `${made.id} has ended.\n`,
  })
  expect(await heed.run(['token', 'list'], as)).toMatchObject({ exitCode: 4 })
  expect((await heed.run(['token', 'list'])).out).toMatch(new RegExp(`^${made.id} {2}desk .+ revoked`, 'm'))
})

test('a scope that does not exist is refused with the list of those that do', async () => {
  const { exitCode, err } = await heed.run(['token', 'create', 'x', '--scope', 'everything'])
  expect(exitCode).toBe(4)
  expect(err).toContain('"subjects:read"')
})
