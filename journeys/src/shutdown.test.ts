import { afterAll, expect, test } from 'vitest'
import { bootHeed } from './boot/boot-heed.ts'

const heed = await bootHeed()
afterAll(() => heed.remove())

type Answer = { readonly ids: readonly string[]; readonly status: number | null }

let calls = 0

async function send(): Promise<Answer> {
  calls += 1
  const ids = Array.from({ length: 25 }, (_, at) => `call-${calls}-${at}`)
  const batch = ids.map((messageId) => ({ type: 'track', event: 'Walked', userId: `u${calls}`, messageId }))
  const call = fetch(`${heed.url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${heed.writeKey}:`)}` },
    body: JSON.stringify({ batch }),
  })
  const status = await call.then(
    (answer) => answer.status,
    () => null,
  )
  return { ids, status }
}

test('a stop in good order finishes what was accepted: every answered event is there, and nobody is left without an answer', async () => {
  const answers: Promise<Answer>[] = []
  const senders = Array.from({ length: 12 }, async () => {
    for (;;) {
      const answer = send()
      answers.push(answer)
      if ((await answer).status !== 200) return
    }
  })
  await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(60)
  expect(await heed.kill('SIGTERM')).toBe(0)
  await Promise.all(senders)
  const settled = await Promise.all(answers)
  const accepted = settled.filter(({ status }) => status === 200)
  expect(settled.filter(({ status }) => status !== 200).every(({ status }) => status === null)).toBe(true)

  await heed.restart()
  const stored = await heed.events()
  expect(stored.length).toBe(accepted.length * 25)
})
