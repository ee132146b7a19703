import type { FastifyReply } from 'fastify'
import { answerJson } from '../answer-verdicts.ts'

/** The one answer of Segment's doors, the same bytes for stored and suppressed. The word is the wire's. */
export function answerDelivered(reply: FastifyReply): FastifyReply {
  return answerJson(reply, '{"success":true}')
}
