import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { controlDoor } from './boot/control-door.ts'
import { startHeedProcess } from './boot/heed-process.ts'
import { openAnalyticsNode } from './clients/server-sdks.ts'
import { collectedOf, newPerson } from './person.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'heed-journey-'))
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** As somebody starts it who has read nothing: no database, no key, no token. */
async function startWithoutSettings(port = '0') {
  let printed = ''
  const heed = await startHeedProcess({
    settings: { HEED_DATA_DIR: dataDir, HEED_PORT: port },
    onPrint: (text) => {
      printed += text
    },
  })
  return { ...heed, printed: () => printed }
}

const shownAs = (name: string, printed: string) => new RegExp(`${name}: +(\\S+)`).exec(printed)?.[1]

test('the first start shows the keys it made, once; what it collected and every "no" outlive a kill and a stop', async () => {
  const first = await startWithoutSettings()
  const writeKey = shownAs('write key', first.printed()) ?? ''
  const token = shownAs('admin token', first.printed()) ?? ''
  const sdk = openAnalyticsNode({ url: first.url, writeKey })
  const door = controlDoor(first.url, token)
  const [ada, ben] = [newPerson(), newPerson()]
  sdk.track({ userId: ada.userId, event: 'Ordered' })
  sdk.track({ userId: ada.userId, event: 'Opted Out' })
  sdk.track({ userId: ben.userId, event: 'Ordered' })
  await sdk.flush()
  await first.end('SIGKILL')

  const second = await startWithoutSettings(new URL(first.url).port)
  expect(second.printed()).not.toMatch(/write key|admin token/)
  sdk.track({ userId: ada.userId, event: 'Came back' })
  sdk.track({ userId: ben.userId, event: 'Ordered again' })
  await sdk.flush()
  expect(await second.end('SIGTERM')).toBe(0)

  const third = await startWithoutSettings(new URL(first.url).port)
  expect(await collectedOf(door, ada)).toEqual(['Ordered', 'Opted Out'])
  expect(await collectedOf(door, ben)).toEqual(['Ordered', 'Ordered again'])
  expect(await third.end('SIGTERM')).toBe(0)
})
