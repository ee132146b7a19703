import { cooladataCallSchema } from '@heed/protocol'
import type { Query } from '../../../collection/parse/read-pixel-query.ts'
import type { App } from '../../app.ts'
import { answerImage } from '../answer-image.ts'
import { answerJson, answerVerdicts } from '../answer-verdicts.ts'
import type { Door } from '../door.ts'
import { type AppKey, collectCooladataBody, collectCooladataQuery } from './collect-cooladata-call.ts'

type BodyRoute = { Params: AppKey }
type QueryRoute = { Params: AppKey; Querystring: Query }

/**
 * Cooladata's track. `/v1/pixel/track` stays Segment's: a router takes a fixed part of a path before a parameter, and no
 * app key is called `pixel`.
 */
export function cooladataRoutes(app: App, door: Door): void {
  for (const path of ['/v3/:appKey/track', '/v1/:appKey/track']) {
    app.post<BodyRoute>(path, { schema: describeBody }, async (call, reply) => {
      const verdicts = await collectCooladataBody(door, call, reply)
      return verdicts === null ? answerJson(reply, NOTHING) : answerVerdicts(reply, verdicts)
    })
    // HEAD would collect too.
    app.get<QueryRoute>(path, { exposeHeadRoute: false, schema: describeQuery }, async (call, reply) => {
      await collectCooladataQuery(door, call, reply)
      return answerJson(reply, NOTHING)
    })
  }
}

/** The path of Cooladata's browser SDK. */
export function cooladataImageRoute(app: App, door: Door): void {
  const path = '/egw/5/:appKey/track/__cool.gif'
  app.get<QueryRoute>(path, { exposeHeadRoute: false, schema: describeImage }, async (call, reply) => {
    await collectCooladataQuery(door, call, reply)
    return answerImage(reply)
  })
}

/** Cooladata's own answer is not documented beyond its status. */
const NOTHING = '{}'

const appKey = {
  type: 'object',
  properties: { appKey: { type: 'string', description: 'The write key of a source' } },
} as const
const data = {
  type: 'object',
  properties: { data: { type: 'string', description: 'Base64 or percent-encoded JSON' } },
} as const

const describeBody = {
  tags: ['collection'],
  summary: 'Events of a Cooladata client',
  description:
    'Takes JSON under any content type, percent-encoded JSON without a key, data= with percent-encoded or base64 JSON, and ' +
    'the payload as Cooladata prints it: keys without quotes, curly quotes, a missing closing quote. At most 300 events.',
  params: appKey,
  body: cooladataCallSchema,
  response: {
    200: {
      description:
        'Taken. With a token of the scope events:read in Heed-Token the verdict of each event, in order.',
      type: 'object',
    },
  },
} as const

const describeQuery = {
  tags: ['collection'],
  summary: 'Events of a Cooladata client, in the address',
  params: appKey,
  querystring: data,
  response: { 200: { description: 'Taken.', type: 'object' } },
} as const

const describeImage = {
  tags: ['collection'],
  summary: 'Events of the Cooladata browser SDK, as an image',
  description: 'Always answers 200 and the image.',
  params: appKey,
  querystring: data,
  response: { 200: { description: 'A transparent GIF of one pixel.', type: 'string' } },
} as const
