import type { FastifyReply } from 'fastify'

/** One transparent pixel, whatever happened: a broken image in a page would tell its visitors of our troubles. */
export function answerImage(reply: FastifyReply): FastifyReply {
  return reply.code(200).type('image/gif').header('cache-control', 'no-store').send(PIXEL)
}

const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
