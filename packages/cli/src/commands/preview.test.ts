import { beforeAll, expect, test } from 'vitest'
import { heedForTests, WRITE_KEY } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(() => heed.start())

const USER = { kind: 'userId', value: 'u1' }

async function track(userId: string): Promise<void> {
  const answer = await fetch(`${heed.url()}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${WRITE_KEY}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId, event: 'Viewed' }),
  })
  expect(answer.status).toBe(200)
}

test('shows what an erase would do, and changes nothing', async () => {
  await track('u1')
  const { exitCode, out, err } = await heed.run(['preview', '--user-id', 'u1'])
  expect([exitCode, err]).toEqual([0, ''])
  expect(out).toMatch(/would be +waiting/)
  expect(out).toMatch(/anonymised +event +1 row/)
  expect(out).toMatch(/Until .+ can be reversed/)
  await track('u1')
  expect(await heed.run(['preview', '--user-id', 'u1'])).toMatchObject({
    out: expect.stringMatching(/event +2 rows/),
  })
})

test('gives the hash that an erase is held to', async () => {
  await track('u2')
  const hashOf = async (...args: string[]) =>
    JSON.parse((await heed.run(['preview', '--user-id', 'u2', '--json', ...args])).out).planHash
  const planHash = await hashOf()
  expect(await hashOf('--no-suppress')).not.toBe(planHash)
  const named = { identifiers: [{ ...USER, value: 'u2' }] }
  const { data } = await heed.client().subjects.lookup({ ...USER, value: 'u2' })
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const { id } = await heed.client().holds.place(data[0]?.id ?? '', { reason: 'a dispute', until })
  const erase = heed.client().requests.open({ type: 'erase', subject: named, planHash })
  await expect(erase).rejects.toMatchObject({ status: 409, code: 'plan-drifted' })
  await heed.client().holds.release(data[0]?.id ?? '', id)
  const erased = await heed.client().requests.open({ type: 'erase', subject: named, planHash })
  expect(erased.status).toBe('waiting')
  expect((await heed.run(['preview', '--user-id', 'u2'])).out).toMatch(/nobody known/)
})
