import { Problem } from '@heed/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ItemVerdict } from '../../../collection/collected-item.ts'
import { parseCooladataCall } from '../../../collection/parse/cooladata/parse-cooladata-call.ts'
import { readData, readPayload } from '../../../collection/parse/cooladata/read-payload.ts'
import type { Query } from '../../../collection/parse/read-pixel-query.ts'
import { maySeeVerdicts } from '../answer-verdicts.ts'
import { arrivalOf, collectParsed, factsOf, hasOrigin } from '../collect-parsed.ts'
import type { Door } from '../door.ts'
import { sourceOf } from '../find-source.ts'
import { readBody } from '../read-body.ts'

export type AppKey = { readonly appKey: string }

/** The verdicts where the caller may see them, else null. */
export async function collectCooladataBody(
  door: Door,
  call: FastifyRequest<{ Params: AppKey }>,
  reply: FastifyReply,
): Promise<readonly ItemVerdict[] | null> {
  const { parts } = door
  const source = await sourceOf(parts, call.params.appKey)
  const { settings } = source
  const bytes = await readBody({ call, reply, limit: settings.maxBatchBytes, lease: door.openLease() })
  const { arrivedAt, receivedAt } = arrivalOf(parts)
  const isPublic = hasOrigin(call)
  const facts = factsOf(call, { settings, receivedAt, isFromDevice: isPublic, isRecorded: false })
  const parsed = parseCooladataCall(readPayload(bytes), facts)
  door.limitRate(reply, source, parsed.length)
  const isShown = await maySeeVerdicts(parts, source, call)
  const verdicts = await collectParsed(parts, { source, parsed, arrivedAt, isPublic })
  return isShown ? verdicts : null
}

/** The events of an address. Images and scripts in a page make such calls without naming their origin. */
export async function collectCooladataQuery(
  door: Door,
  call: FastifyRequest<{ Params: AppKey; Querystring: Query }>,
  reply: FastifyReply,
): Promise<void> {
  const { parts } = door
  const { arrivedAt, receivedAt } = arrivalOf(parts)
  const source = await sourceOf(parts, call.params.appKey)
  const { settings } = source
  const { data } = call.query
  if (typeof data !== 'string') throw new Problem('invalid-body', 'Send one parameter: data.')
  const facts = factsOf(call, { settings, receivedAt, isFromDevice: true, isRecorded: false })
  const parsed = parseCooladataCall(readData(data), facts)
  door.limitRate(reply, source, parsed.length)
  await collectParsed(parts, { source, parsed, arrivedAt, isPublic: true })
}
