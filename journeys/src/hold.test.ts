import { expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import { collectedOf, newPerson } from './person.ts'

const heed = await journeyHeed()

type Row = { readonly id: string; readonly status: string }

test('an erase waits for a hold, with the person collected no more, and goes on by itself when the hold ends', async () => {
  const ada = newPerson()
  const named = { kind: 'userId', value: ada.userId }
  const track = (event: string) =>
    fetch(`${heed.url}/v1/track`, {
      method: 'POST',
      body: JSON.stringify({ writeKey: heed.writeKey, userId: ada.userId, event }),
    })
  await track('Ordered')
  const found = (await heed.control('/api/v1/subjects/lookup', { identifier: named })) as { data: Row[] }
  const holds = `/api/v1/subjects/${found.data[0]?.id}/holds`
  await heed.control(holds, { reason: 'a dispute', until: new Date(Date.now() + 5_000).toISOString() })

  const erase = { type: 'erase', subject: { identifiers: [named] } }
  const { id, status } = (await heed.control('/api/v1/requests', erase)) as Row
  expect(status).toBe('held')
  await track('Ordered again')
  expect(await collectedOf(heed, ada)).toEqual(['Ordered'])

  const statusNow = async () => ((await heed.control(`/api/v1/requests/${id}`)) as Row).status
  await expect.poll(statusNow, { timeout: 20_000, interval: 200 }).toBe('waiting')
  expect(await collectedOf(heed, ada)).toEqual([])
})
