import { afterAll, describe, expect, test } from 'vitest'
import { journeyHeed } from './boot/journey-heed.ts'
import {
  openAnalyticsNode,
  openAnalyticsNodeWithPath,
  openRudderSdkNode,
  type ServerSdk,
} from './clients/server-sdks.ts'
import { openTap } from './clients/tap.ts'
import { collectedOf, newPerson, type Person } from './person.ts'
import { ask, isSuppressed } from './standing.ts'

const heed = await journeyHeed()

describe.each([
  ['@segment/analytics-node', openAnalyticsNode],
  ['@segment/analytics-node and a path of its own', openAnalyticsNodeWithPath],
  ['@rudderstack/rudder-sdk-node', openRudderSdkNode],
])('with %s', async (_name, openSdk) => {
  const tap = await openTap(heed.url)
  afterAll(tap.close)
  const sdk = openSdk({ url: tap.url, writeKey: heed.writeKey })

  test('a person who opts out is collected until then, and under no identifier after it', async () => {
    const ada = newPerson()
    shop(sdk, ada)
    sdk.track({ userId: ada.userId, event: 'Opted Out' })
    sdk.track({ userId: ada.userId, event: 'Came back' })
    sdk.page({ anonymousId: ada.anonymousId, name: 'Basket' })
    await sdk.flush()
    await comeBackUnderEveryIdentifier(sdk, ada)
    expect(await collectedOf(heed, ada)).toEqual([...SHOPPED, 'Opted Out'])
  })

  test('a request that names one identifier silences all of them', async () => {
    const ben = newPerson()
    shop(sdk, ben)
    await sdk.flush()
    await ask(heed, 'suppress', { kind: 'email', value: ben.email })
    await comeBackUnderEveryIdentifier(sdk, ben)
    expect(await collectedOf(heed, ben)).toEqual(SHOPPED)
  })

  test('a device that is linked late is silenced too, with what it has sent since the opt-out', async () => {
    const cleo = newPerson()
    const tablet = cleo.other('tablet')
    shop(sdk, cleo)
    sdk.track({ anonymousId: tablet, event: 'Looked around before' })
    sdk.track({ userId: cleo.userId, event: 'Opted Out' })
    sdk.track({ anonymousId: tablet, event: 'Looked around after' })
    await sdk.flush()
    sdk.identify({ userId: cleo.userId, anonymousId: tablet })
    sdk.track({ anonymousId: tablet, event: 'Came back' })
    sdk.alias({ previousId: cleo.other('phone'), userId: cleo.userId })
    sdk.track({ anonymousId: cleo.other('phone'), event: 'Came back' })
    await sdk.flush()
    expect(await collectedOf(heed, cleo)).toEqual([...SHOPPED, 'Looked around before', 'Opted Out'])
    expect(await isSuppressed(heed, { kind: 'anonymousId', value: tablet })).toBe(true)
    expect(await isSuppressed(heed, { kind: 'anonymousId', value: cleo.other('phone') })).toBe(true)
  })

  test('after an unsuppress new events arrive, and those refused before stay out however often they are sent', async () => {
    const dora = newPerson()
    shop(sdk, dora)
    await sdk.flush()
    await ask(heed, 'suppress', { kind: 'userId', value: dora.userId })
    await comeBackUnderEveryIdentifier(sdk, dora)
    await ask(heed, 'unsuppress', { kind: 'anonymousId', value: dora.anonymousId })
    sdk.track({ anonymousId: dora.anonymousId, event: 'Welcome back' })
    sdk.track({ userId: dora.userId, event: 'Ordered again' })
    await sdk.flush()
    await tap.replay(tap.calls())
    expect(await collectedOf(heed, dora)).toEqual([...SHOPPED, 'Welcome back', 'Ordered again'])
  })

  test('the SDK was never answered anything but 200, in the same bytes', () => {
    expect(tap.calls().length).toBeGreaterThan(8)
    const answers = tap.calls().map(({ status, answer }) => `${status} ${answer}`)
    expect(new Set(answers)).toEqual(new Set(['200 {"success":true}']))
  })
})

const SHOPPED = ['Visited', 'identify', 'page', 'Ordered']

/** From a first look at the shop to an order: it links the device, the account and the address. */
function shop(sdk: ServerSdk, { userId, anonymousId, email }: Person): void {
  sdk.track({ anonymousId, event: 'Visited' })
  sdk.identify({ userId, anonymousId, traits: { email } })
  sdk.page({ userId, name: 'Basket' })
  sdk.track({ userId, event: 'Ordered' })
}

async function comeBackUnderEveryIdentifier(sdk: ServerSdk, person: Person): Promise<void> {
  const { userId, anonymousId, email } = person
  sdk.track({ userId, event: 'Came back' })
  sdk.track({ anonymousId, event: 'Came back' })
  sdk.identify({ userId, anonymousId, traits: { email } })
  const context = { traits: { email } }
  sdk.track({ anonymousId: person.other('newsletter'), event: 'Came back', context })
  sdk.track({ userId, anonymousId: person.other('laptop'), event: 'Came back' })
  sdk.track({ anonymousId: person.other('laptop'), event: 'Came back' })
  await sdk.flush()
}
