import { Problem } from '@heed/protocol'
import type { FastifyRequest } from 'fastify'
import type { App } from '../../app.ts'
import type { Door } from '../door.ts'
import { sourceOf } from '../find-source.ts'
import { readBrowserSdk } from './browser-sdk.ts'

type KeyRoute = { Params: { writeKey: string } }
type BundleRoute = { Params: { file: string } }

/** What a browser loads before it sends anything: the SDK's settings, the SDK itself for pages with the snippet, its chunks. */
export async function scriptRoutes(app: App, { parts }: Door): Promise<void> {
  const sdk = await readBrowserSdk()

  app.get<KeyRoute>('/v1/projects/:writeKey/settings', { schema: describeSettings }, async (call, reply) => {
    const { writeKey } = call.params
    await sourceOf(parts, writeKey)
    return reply
      .header('cache-control', 'public, max-age=120')
      .header('content-type', 'application/json; charset=utf-8')
      .serializer(String)
      .send(JSON.stringify(sdkSettings(writeKey, new URL(baseOf(parts.publicUrl, call)))))
  })

  app.get<KeyRoute>(
    '/analytics.js/v1/:writeKey/analytics.min.js',
    { schema: describeScript },
    async (call, reply) => {
      const { writeKey } = call.params
      await sourceOf(parts, writeKey)
      return reply
        .header('cache-control', 'public, max-age=300')
        .header('content-type', 'text/javascript; charset=utf-8')
        .send(sdk.script({ writeKey, base: baseOf(parts.publicUrl, call) }))
    },
  )

  app.get<BundleRoute>('/analytics-next/bundles/:file', { schema: describeBundle }, async (call, reply) => {
    const bundle = sdk.bundles.get(call.params.file)
    if (bundle === undefined) throw new Problem('not-found', 'The browser SDK has no chunk of this name.')
    return (
      reply
        // The name holds the hash of the content.
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('content-type', 'text/javascript; charset=utf-8')
        .send(bundle)
    )
  })
}

/** No integration but Heed's own, no plan, and none of the SDK's numbers about itself. */
function sdkSettings(writeKey: string, { host, protocol }: URL) {
  return {
    integrations: {
      'Segment.io': { apiKey: writeKey, apiHost: `${host}/v1`, protocol: protocol.slice(0, -1) },
    },
    plan: {},
    edgeFunction: {},
    metrics: { sampleRate: 0 },
    analyticsNextEnabled: true,
  }
}

/** Where this server was reached, if no setting says it. The Host header ends up in a script, so it is checked first. */
function baseOf(publicUrl: string | null, call: FastifyRequest): string {
  if (publicUrl !== null) return publicUrl
  if (!/^[A-Za-z0-9.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/.test(call.host)) {
    throw new Problem('invalid-body', 'The Host header is no host name.')
  }
  return `${call.protocol}://${call.host}`
}

const key = {
  type: 'object',
  properties: { writeKey: { type: 'string', description: 'The write key of a source' } },
} as const

const describeSettings = {
  tags: ['collection'],
  summary: 'Settings that Segment SDKs load at their start',
  params: key,
  response: { 200: { description: 'Where the SDK sends events.', type: 'object' } },
} as const

const describeScript = {
  tags: ['collection'],
  summary: "The browser SDK for pages with Segment's snippet",
  params: key,
  response: { 200: { description: 'A script with the write key and this host filled in.', type: 'string' } },
} as const

const describeBundle = {
  tags: ['collection'],
  summary: 'A chunk that the browser SDK loads later',
  params: { type: 'object', properties: { file: { type: 'string' } } },
  response: { 200: { description: 'A script.', type: 'string' } },
} as const
