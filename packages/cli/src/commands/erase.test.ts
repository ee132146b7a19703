import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { heedForTests, WRITE_KEY } from '../testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(() => heed.start())

async function track(userId: string, more: object = {}): Promise<void> {
  const answer = await fetch(`${heed.url()}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${WRITE_KEY}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId, event: 'Viewed', ...more }),
  })
  expect(answer.status).toBe(200)
}

const json = async (...args: string[]) => JSON.parse((await heed.run([...args, '--json'])).out)
const eventsThere = async () => (await heed.client().events.list().firstPage()).data.length
const isKnown = async (userId: string) =>
  (await heed.client().subjects.lookup({ kind: 'userId', value: userId })).data.length > 0

async function idOf(userId: string): Promise<string> {
  const { data } = await heed.client().subjects.lookup({ kind: 'userId', value: userId })
  return data[0]?.id ?? ''
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

test('at a terminal it shows what would be done, and does nothing unless somebody types yes', async () => {
  await track('u1')
  const { exitCode, out, err } = await heed.run(['erase', '--user-id', 'u1'], { types: 'y' })
  expect([exitCode, out]).toEqual([1, ''])
  expect(err).toMatch(/anonymised +event +1 row/)
  expect(err).toMatch(/Erase this\? Type yes: heed: Nothing was changed\.\n$/)
  expect(await isKnown('u1')).toBe(true)
})

test('after a yes it erases what was shown', async () => {
  const { exitCode, out } = await heed.run(['erase', '--user-id', 'u1'], { types: 'yes' })
  expect(exitCode).toBe(0)
  expect(out).toMatch(/^request +req_\S+\nerase +waiting\n/)
  expect(out).toMatch(/heed +sub_\S+ +accepted +reversible until /)
  expect(await isKnown('u1')).toBe(false)
})

test('what has become different since it was shown is not erased', async () => {
  await track('u2')
  const typing = {
    types: 'yes',
    fetch: async (...call: Parameters<typeof fetch>) => {
      const isErase = String(call[0]).endsWith('/api/v1/requests')
      if (isErase)
        await heed.client().holds.place(await idOf('u2'), { reason: 'a dispute', until: inDays(1) })
      return fetch(...call)
    },
  }
  const { exitCode, err } = await heed.run(['erase', '--user-id', 'u2'], typing)
  expect(exitCode).toBe(4)
  expect(err).toMatch(/preview/)
  expect(await isKnown('u2')).toBe(true)
})

test('where nobody can be asked it takes a plan somebody has seen, or a --yes', async () => {
  await track('u3')
  const { exitCode, err } = await heed.run(['erase', '--user-id', 'u3'])
  expect([exitCode, err]).toEqual([2, expect.stringContaining('--plan-hash')])
  expect(await isKnown('u3')).toBe(true)
  const { planHash } = await json('preview', '--user-id', 'u3')
  expect(await json('erase', '--user-id', 'u3', '--plan-hash', planHash)).toMatchObject({ status: 'waiting' })
  await track('u4')
  expect(await json('request', 'erase', '--user-id', 'u4', '--yes', '--no-suppress')).toMatchObject({
    status: 'waiting',
    suppress: false,
  })
})

test('a reverse brings the person back, once it is over it is refused with 4', async () => {
  await track('u5')
  const { id } = await json('erase', '--user-id', 'u5', '--yes', '--jurisdiction', 'gdpr')
  const before = await eventsThere()
  const { exitCode, out } = await heed.run(['reverse', id])
  expect([exitCode, out]).toEqual([0, expect.stringMatching(/erase +cancelled/)])
  expect(await isKnown('u5')).toBe(true)
  expect(await eventsThere()).toBe(before + 1)
  const { id: suppression } = await json('suppress', '--user-id', 'u5')
  const refused = await heed.run(['reverse', suppression])
  expect([refused.exitCode, refused.err]).toEqual([4, expect.stringContaining('cannot be reversed')])
})

test('an erase that waits for a hold ends with 5, and is taken back by cancel', async () => {
  await track('u6')
  const subject = await idOf('u6')
  const hold = await json('hold', 'place', subject, '--reason', 'a dispute', '--until', inDays(2))
  const { exitCode, out } = await heed.run(['erase', '--user-id', 'u6', '--yes', '--wait'])
  expect([exitCode, out]).toEqual([5, expect.stringMatching(/erase +held.+A hold stands against it/s)])
  const id = /req_\S+/.exec(out)?.[0] ?? ''
  expect(await heed.run(['cancel', id])).toMatchObject({ exitCode: 0 })
  expect(await heed.run(['hold', 'release', subject, hold.id])).toMatchObject({ exitCode: 0 })
  expect((await heed.run(['hold', 'list', subject])).out).toMatch(/released .+ UTC +a dispute\n/)
  expect(await isKnown('u6')).toBe(true)
})

test('an erase of several people waits for an approval, which names those who are meant', async () => {
  await track('u7')
  await track('u8')
  const named = ['--user-id', 'u7', '--user-id', 'u8']
  const { exitCode, out } = await heed.run(['erase', ...named, '--yes'])
  expect([exitCode, out]).toEqual([5, expect.stringMatching(/erase +awaiting-approval/)])
  const id = /req_\S+/.exec(out)?.[0] ?? ''
  const declined = await heed.run(['approve', id], { types: 'no' })
  expect([declined.exitCode, declined.err]).toEqual([1, expect.stringContaining('Erase all of them?')])
  const subject = await idOf('u7')
  expect(await heed.run(['approve', id, '--subject', subject, '--yes'])).toMatchObject({ exitCode: 0 })
  expect([await isKnown('u7'), await isKnown('u8')]).toEqual([false, true])
})

test('--wait stays until the scrub has looked again, and the newest receipt is what heed verify takes', async () => {
  await heed.stop()
  await heed.start({ HEED_REVERSAL_DAYS: '0' })
  await track('u9')
  const { exitCode, out } = await heed.run(['erase', '--user-id', 'u9', '--yes', '--wait'])
  expect([exitCode, out]).toEqual([0, expect.stringMatching(/heed +sub_\S+ +confirmed/)])
  const id = /req_\S+/.exec(out)?.[0] ?? ''
  const receipt = join(heed.dataDir, 'receipt.json')
  const keys = join(heed.dataDir, 'keys.json')
  await writeFile(receipt, (await heed.run(['receipt', 'show', id])).out)
  await writeFile(keys, JSON.stringify(await heed.client().audit.keys()))
  expect((await heed.run(['verify', receipt, '--keys', keys])).exitCode).toBe(0)
  const { receipts } = await json('receipt', 'list', id)
  expect(receipts.map(({ receipt }: { receipt: { outcome: string } }) => receipt.outcome)).toContain(
    'confirmed',
  )
  const late = await heed.run(['reverse', id])
  expect([late.exitCode, late.err]).toEqual([4, expect.stringContaining('nobody can bring the data back')])
})
