import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EventType } from '../../../collection/collected-item.ts'
import { parseSingle } from '../../../collection/parse/parse-segment-call.ts'
import { type Query, readPixelQuery } from '../../../collection/parse/read-pixel-query.ts'
import type { App } from '../../app.ts'
import { answerImage } from '../answer-image.ts'
import { arrivalOf, collectParsed, factsOf } from '../collect-parsed.ts'
import type { Door } from '../door.ts'
import { sourceOf } from '../find-source.ts'
import { writeKeyInBody, writeKeyInHeader } from '../write-key.ts'

/** Events as images in pages and mails. */
export function pixelRoutes(app: App, door: Door): void {
  for (const type of ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const) {
    app.get<{ Querystring: Query }>(
      `/v1/pixel/${type}`,
      // HEAD would collect too.
      { exposeHeadRoute: false, schema: describe(type) },
      async (call, reply) => {
        await collectPixel(door, { call, reply, type })
        return answerImage(reply)
      },
    )
  }
}

type PixelCall = {
  readonly call: FastifyRequest<{ Querystring: Query }>
  readonly reply: FastifyReply
  readonly type: EventType
}

async function collectPixel(door: Door, { call, reply, type }: PixelCall): Promise<void> {
  const { parts } = door
  const { arrivedAt, receivedAt } = arrivalOf(parts)
  const item = readPixelQuery(call.query)
  const source = await sourceOf(parts, writeKeyInBody(item) ?? writeKeyInHeader(call.headers.authorization))
  const { settings } = source
  const facts = factsOf(call, { settings, receivedAt, isFromDevice: true, isRecorded: false })
  const parsed = parseSingle(type, item, { ...facts, needsRepair: true })
  door.limitRate(reply, source, parsed.length)
  await collectParsed(parts, { source, parsed, arrivedAt, isPublic: true })
}

function describe(type: EventType) {
  return {
    tags: ['collection'],
    summary: `One ${type} as an image`,
    description:
      'Always answers 200 and the image. Either data (base64 JSON) or one parameter a value: properties.plan=pro.',
    querystring: {
      type: 'object',
      properties: { data: { type: 'string' }, writeKey: { type: 'string' } },
    },
    response: { 200: { description: 'A transparent GIF of one pixel.', type: 'string' } },
  } as const
}
