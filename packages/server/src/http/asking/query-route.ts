import { Readable } from 'node:stream'
import { queryAnswer, queryQuestion } from '@heed/protocol'
import type { FastifyReply } from 'fastify'
import type { Asking } from '../../asking/asking.ts'
import { answerQuery, type QueryStream } from '../../asking/query/answer-query.ts'
import type { App } from '../app.ts'
import { askerOf } from './asker-of.ts'

export function queryRoute(app: App, asking: Asking): void {
  app.post(
    '/api/v1/query',
    {
      config: { scope: 'query:read' },
      schema: {
        tags: ['events'],
        summary: 'Ask in CQL, as JSON or CSV. "last N days" are N times 24 hours back from now.',
        body: queryQuestion,
        response: { 200: queryAnswer },
      },
    },
    async (call, reply) => sendStream(reply, answerQuery(asking, askerOf(call), call.body)),
  )
}

/** Not serialised by the schema: it is written as it is read, and what the caller cannot take yet is not read. */
function sendStream(reply: FastifyReply, { contentType, body }: QueryStream): FastifyReply {
  return reply.type(contentType).send(Readable.from(body))
}
