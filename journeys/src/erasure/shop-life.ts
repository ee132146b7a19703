import type { Heed } from '../boot/boot-heed.ts'
import { COOLADATA_CALLS, sendCooladata } from '../clients/cooladata.ts'
import { openAnalyticsNode, type ServerSdk } from '../clients/server-sdks.ts'
import type { Secrets } from '../traces/secrets.ts'

/** From a first look to an order and a refund, by the clients people use; every secret is said somewhere on the way. */
export async function liveInTheShop(heed: Heed, secrets: Secrets): Promise<void> {
  const sdk = openAnalyticsNode(heed)
  const { userId, anonymousId, email, phone, name } = secrets
  sdk.track({ anonymousId, event: 'Visited', properties: { greeting: name } })
  sdk.identify({ userId, anonymousId, traits: { email, phone, name } })
  sdk.page({ userId, name: 'Basket' })
  order(sdk, secrets)
  await sdk.flush()
  await playAGame(heed, secrets)
}

function order(sdk: ServerSdk, { userId, deviceId, address, name }: Secrets): void {
  const context = { campaign: { name: 'spring', source: 'letter', medium: 'email' } }
  const paid = { order_id: deviceId, currency: 'EUR', revenue: 42.5, ship_to: address, for: name }
  sdk.track({ userId, event: 'Order Completed', properties: paid, context })
  const back = { order_id: deviceId, currency: 'EUR', total: 12.25 }
  sdk.track({ userId, event: 'Order Refunded', properties: back, context })
}

async function playAGame(heed: Heed, { userId, name, secondUserId }: Secrets): Promise<void> {
  const events = [{ event_name: 'level up', user_id: userId, nickname: name, referred_by: secondUserId }]
  const { 'data= with base64': call } = COOLADATA_CALLS
  if (call === undefined) throw new Error('this call of Cooladata is gone')
  await sendCooladata(heed, call(events))
}

/** Whoever was erased is still in the client's queue, in another tab, in a game. */
export async function comeBack(heed: Heed, secrets: Secrets): Promise<void> {
  const sdk = openAnalyticsNode(heed)
  const { userId, anonymousId, email, lateAnonymousId } = secrets
  sdk.track({ userId, event: 'Came back' })
  sdk.track({ anonymousId, event: 'Came back' })
  sdk.track({ anonymousId: lateAnonymousId, event: 'Came back', context: { traits: { email } } })
  await sdk.flush()
  await playAGame(heed, secrets)
}
