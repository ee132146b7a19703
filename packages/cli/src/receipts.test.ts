import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReceiptAnswer } from '@heed/sdk'
import { beforeAll, expect, test } from 'vitest'
import { heedForTests, WRITE_KEY } from './testing/heed-for-tests.ts'

const heed = await heedForTests()
beforeAll(() => heed.start())

async function track(userId: string): Promise<void> {
  const answer = await fetch(`${heed.url()}/v1/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${WRITE_KEY}:`)}` },
    body: JSON.stringify({ userId, event: 'Ordered', properties: { note: 'kept nowhere' } }),
  })
  expect(answer.status).toBe(200)
}

const erase = (userId: string) =>
  heed
    .client()
    .requests.open({ type: 'erase', subject: { identifiers: [{ kind: 'userId', value: userId }] } })

async function newestReceipt(requestId: string): Promise<ReceiptAnswer> {
  const [newest] = (await heed.client().receipts.ofRequest(requestId).firstPage()).data
  if (newest === undefined) throw new Error('there is no receipt')
  return newest
}

async function written(name: string, value: unknown): Promise<string> {
  await writeFile(join(heed.dataDir, name), JSON.stringify(value))
  return join(heed.dataDir, name)
}

const keys = async () => written('keys.json', await heed.client().audit.keys())

test('an erase answers with a receipt that says what it did, and the next one takes its place', async () => {
  await track('u1')
  const { id } = await erase('u1')
  const accepted = await newestReceipt(id)
  expect(accepted.receipt).toMatchObject({ outcome: 'accepted', rows: { removed: 0 }, keysDestroyedAt: null })
  expect(accepted.receipt.unreadableSince).not.toBeNull()
  expect(Date.parse(accepted.receipt.recoverableUntil ?? '')).toBeGreaterThan(Date.now() + 6 * 86_400_000)
  const path = await written('accepted.json', accepted)
  const { exitCode, out } = await heed.run(['verify', path, '--keys', await keys()])
  expect([exitCode, out]).toEqual([0, expect.stringContaining('nothing has been destroyed yet')])

  await heed.client().requests.reverse(id)
  const reversed = await newestReceipt(id)
  expect(reversed.receipt).toMatchObject({
    outcome: 'cancelled',
    supersedes: accepted.receipt.receiptId,
    unreadableSince: null,
  })
})

test('after the window the receipt says that it was looked at again, and the copy opens what is left', async () => {
  await heed.stop()
  await heed.start({ HEED_REVERSAL_DAYS: '0' })
  await track('u2')
  const { id } = await erase('u2')
  await expect
    .poll(async () => (await newestReceipt(id)).receipt.outcome, { timeout: 20_000 })
    .toBe('confirmed')
  const { receipt } = await newestReceipt(id)
  expect(receipt).toMatchObject({
    proof: 'looked-again',
    stillFound: null,
    keyCopiesUntil: expect.any(String),
  })
  expect(receipt.rows.kept).toBeGreaterThan(0)

  const copy = await heed.client().receipts.personsCopy(receipt.receiptId)
  const path = await written('copy.json', copy)
  const { exitCode, out } = await heed.run(['verify', path, '--keys', await keys()])
  expect([exitCode, out]).toEqual([0, expect.stringContaining('a search afterwards found nothing')])
  if (copy.opening === undefined) throw new Error('the copy does not say whom it is about')
  const { jws, opening } = copy
  await expect
    .poll(async () => (await heed.client().receipts.open({ jws, opening })).inclusion, { timeout: 20_000 })
    .toMatchObject({ kind: 'inclusion' })
  expect(await heed.client().receipts.open({ jws, opening })).toMatchObject({
    isReadable: false,
    keys: { readable: 0, inEscrow: 0 },
    subject: { id: opening.subjectId, firstMonth: expect.stringMatching(/^\d{4}-\d\d$/) },
  })
  expect((await heed.run(['audit', 'verify'])).exitCode).toBe(0)
})

test('nobody found is a receipt, too', async () => {
  const { id } = await erase('nobody')
  const { receipt } = await newestReceipt(id)
  expect(receipt).toMatchObject({ outcome: 'not-found', subjectCommitment: null, searched: { count: 1 } })
  expect(receipt.lookedAt).not.toBeNull()
})
