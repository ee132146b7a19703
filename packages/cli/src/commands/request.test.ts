import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { heedForTests, WRITE_KEY } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(async () => {
  await heed.start()
  const answer = await fetch(`${heed.url()}/v1/identify`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${WRITE_KEY}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'u1', traits: { city: 'Rome', nickname: 'A' } }),
  })
  expect(answer.status).toBe(200)
})

const json = async (...args: string[]) => JSON.parse((await heed.run([...args, '--json'])).out)

async function profileOf(userId: string): Promise<unknown> {
  const { data } = await heed.client().subjects.lookup({ kind: 'userId', value: userId })
  return (await heed.client().subjects.get(data[0]?.id ?? '')).traits
}

test('corrects traits from the command line and from a file', async () => {
  const traits = join(heed.dataDir, 'traits.json')
  await writeFile(traits, '{"nickname": null, "city": "Oslo", "age": 36}')
  const args = ['request', 'correct', '--user-id', 'u1', '--traits', traits, '--trait', 'city=New=Paris']
  expect(await heed.run(args)).toMatchObject({ exitCode: 0 })
  expect(await profileOf('u1')).toEqual({ city: 'New=Paris', age: 36 })
  await writeFile(traits, '["ada@example.com"]')
  const { exitCode, err } = await heed.run(args)
  expect([exitCode, err]).toEqual([2, 'heed: The file of --traits must hold one JSON object.\n'])
})

test('restricts somebody until that is cancelled', async () => {
  const { id, status } = await json('request', 'restrict', '--user-id', 'u1', '--wait')
  expect(status).toBe('running')
  expect(await json('cancel', id)).toMatchObject({ status: 'cancelled' })
})

test('waits for an access request, and shows it as it is', async () => {
  const { id } = await json('request', 'access', '--user-id', 'u1', '--jurisdiction', 'gdpr')
  const { exitCode, out } = await heed.run(['request', 'show', id, '--wait'])
  expect([exitCode, out]).toEqual([0, expect.stringMatching(/^request +req_\S+\naccess +settled since /)])
  expect(out).toMatch(/heed +sub_\S+ +confirmed\n$/)
})

test('lists the newest requests, as many as are wanted', async () => {
  const { requests } = await json('request', 'list', '--limit', '2')
  expect(requests).toMatchObject([{ type: 'access' }, { type: 'restrict' }])
  const { out } = await heed.run(['request', 'list'])
  expect(out.trimEnd().split('\n')).toHaveLength(3)
  expect(out).toMatch(/^req_\S+ +access +settled +\d{4}-\d\d-\d\d .+ due \d{4}-\d\d-\d\d$/m)
})

test('a request that is not there ends with 4', async () => {
  const { exitCode } = await heed.run(['request', 'show', 'req_00000000-0000-7000-8000-000000000000'])
  expect(exitCode).toBe(4)
})
