import { trackingBatchSchema, trackingItemSchema } from '@heed/protocol'
import type { EventType } from '../../../collection/collected-item.ts'
import type { App } from '../../app.ts'
import type { Door } from '../door.ts'
import { answerDelivered } from './answer-delivered.ts'
import { collectSegmentCall } from './collect-segment-call.ts'

/** What the path of a call says about it. */
export type SegmentRoute = {
  /** Null: a batch, whose items say it. */
  readonly type: EventType | null
  /** Only SDKs of browsers and phones use the short paths. */
  readonly isShort: boolean
  readonly isRecorded: boolean
}

/** The Segment HTTP tracking API, with the paths its SDKs really use. */
export function segmentRoutes(app: App, door: Door): void {
  for (const type of EVENT_TYPES) {
    post(`/v1/${type}`, { type, isShort: false, isRecorded: false })
    post(`/v1/${type.charAt(0)}`, { type, isShort: true, isRecorded: false })
  }
  post('/v1/batch', { type: null, isShort: false, isRecorded: false })
  post('/v1/b', { type: null, isShort: true, isRecorded: false })
  post('/v1/import', { type: null, isShort: false, isRecorded: true })
  app.post('/v1/m', { schema: describeMetrics }, async (_call, reply) => answerDelivered(reply))

  function post(path: string, route: SegmentRoute): void {
    app.post(path, { schema: describe(route) }, (call, reply) =>
      collectSegmentCall(door, { call, reply, route }),
    )
  }
}

const EVENT_TYPES = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const

const ANSWER = {
  description:
    'Delivered, whatever became of each item. With a token of the scope events:read (header Heed-Token, or Authorization: ' +
    'Bearer beside a writeKey in the body) the verdict of each item, in order.',
  type: 'object',
} as const

function describe({ type, isRecorded }: SegmentRoute) {
  const summary = type === null ? 'Several events, each with its type' : `One ${type}`
  return {
    tags: ['collection'],
    summary: isRecorded ? 'History: events that were received before' : summary,
    description:
      'The write key goes into Authorization (Basic, as user name), the query or the body. JSON whatever the Content-Type; ' +
      'gzip and deflate are taken. A bad item never fails its call.',
    body: type === null ? trackingBatchSchema : trackingItemSchema,
    response: { 200: ANSWER },
  }
}

const describeMetrics = {
  tags: ['collection'],
  summary: "An SDK's numbers about itself, which are thrown away",
  response: { 200: { description: 'Taken.', type: 'object' } },
} as const
