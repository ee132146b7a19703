import { publicId } from '@heed/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ItemVerdict } from '../../collection/collected-item.ts'
import type { CollectionParts, FoundSource } from './collection-parts.ts'

/** Whether this caller may see verdicts: it sent a token that may read this workspace's events. */
export async function maySeeVerdicts(
  { hasEventsRead }: CollectionParts,
  { workspaceId }: FoundSource,
  call: FastifyRequest,
): Promise<boolean> {
  const token = tokenOf(call)
  return token !== null && hasEventsRead({ token, workspaceId, address: call.ip })
}

/**
 * `Heed-Token` beside a write key in Authorization, or `Authorization: Bearer` beside one in the body. Segment's OAuth
 * clients send a JWT there, which is not for us: they are answered as if they had sent none.
 */
function tokenOf({ headers }: FastifyRequest): string | null {
  const own = headers['heed-token']
  if (typeof own === 'string') return own
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null
  return bearer !== null && JWT.test(bearer) ? null : bearer
}

const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/

/** `{"verdicts":[…]}`, one for each item of the call, in order. */
export function answerVerdicts(reply: FastifyReply, verdicts: readonly ItemVerdict[]): FastifyReply {
  const shown = verdicts.map((verdict) =>
    verdict.kind === 'stored' ? { ...verdict, eventId: publicId('evt', verdict.eventId) } : verdict,
  )
  return answerJson(reply, JSON.stringify({ verdicts: shown }))
}

export function answerJson(reply: FastifyReply, json: string): FastifyReply {
  return reply
    .code(200)
    .header('content-type', 'application/json; charset=utf-8')
    .serializer(String)
    .send(json)
}
