import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { Analytics } from '@segment/analytics-node'

/** What the SDKs for servers have in common; every call waits in the SDK's queue until `flush`. */
export type ServerSdk = {
  readonly identify: (who: Ids & { readonly traits?: Readonly<Record<string, string>> }) => void
  readonly track: (what: Ids & Happening) => void
  readonly page: (what: Ids & { readonly name: string }) => void
  readonly alias: (ids: { readonly previousId: string; readonly userId: string }) => void
  readonly flush: () => Promise<void>
}

type Happening = {
  readonly event: string
  readonly properties?: Readonly<Record<string, string | number>>
  readonly context?: Context
}

type Context = { readonly traits?: { readonly email: string }; readonly campaign?: Campaign }

type Campaign = { readonly name: string; readonly source: string; readonly medium: string }

/** At least one of the two. */
type Ids =
  | { readonly userId: string; readonly anonymousId?: string }
  | { readonly userId?: never; readonly anonymousId: string }

export type OpenServerSdk = (to: { readonly url: string; readonly writeKey: string }) => ServerSdk

export const openAnalyticsNode: OpenServerSdk = (to) => openAnalytics({ ...to, path: '/v1/batch' })

/** As somebody sets it up who keeps the path of the browser's batches. */
export const openAnalyticsNodeWithPath: OpenServerSdk = (to) => openAnalytics({ ...to, path: '/v1/b' })

function openAnalytics({ url, writeKey, path }: Parameters<OpenServerSdk>[0] & { path: string }): ServerSdk {
  const sdk = new Analytics({ host: url, path, writeKey, flushAt: 100, maxRetries: 2 })
  return {
    identify: (who) => sdk.identify(who),
    track: (what) => sdk.track(what),
    page: (what) => sdk.page(what),
    alias: (ids) => sdk.alias(ids),
    flush: () => sdk.flush(),
  }
}

export const openRudderSdkNode: OpenServerSdk = ({ url, writeKey }) => {
  const sdk = new RudderAnalytics(writeKey, { dataPlaneUrl: url, flushAt: 100 })
  return {
    identify: (who) => void sdk.identify(who),
    track: (what) => void sdk.track(what),
    page: (what) => void sdk.page(what),
    alias: (ids) => void sdk.alias(ids),
    flush: async () => {
      await sdk.flush()
    },
  }
}
