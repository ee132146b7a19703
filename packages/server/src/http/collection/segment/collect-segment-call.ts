import { DEFAULT_SOURCE_SETTINGS, Problem } from '@heed/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseBatch, parseSingle } from '../../../collection/parse/parse-segment-call.ts'
import type { ParsedItem } from '../../../collection/parse/parsed-item.ts'
import { parseJson, readText } from '../../../collection/parse/read-json-text.ts'
import { mayNeedRepair } from '../../../collection/parse/storable-json.ts'
import { answerVerdicts, maySeeVerdicts } from '../answer-verdicts.ts'
import { arrivalOf, collectParsed, factsOf, hasOrigin } from '../collect-parsed.ts'
import type { FoundSource } from '../collection-parts.ts'
import type { Door } from '../door.ts'
import { sourceOf } from '../find-source.ts'
import { readBody } from '../read-body.ts'
import { writeKeyInBody, writeKeyInHeader } from '../write-key.ts'
import { answerDelivered } from './answer-delivered.ts'
import type { SegmentRoute } from './segment-routes.ts'

type SegmentCall = {
  readonly call: FastifyRequest
  readonly reply: FastifyReply
  readonly route: SegmentRoute
}

/** A larger limit of a source holds for calls that name their key before the body: nobody unknown makes us read more. */
const MOST_FROM_ANYBODY = DEFAULT_SOURCE_SETTINGS.maxBatchBytes

/** Reads, parses and hands on one call. A key in the header is looked up before the body is read, one in the body after. */
export async function collectSegmentCall(
  door: Door,
  { call, reply, route }: SegmentCall,
): Promise<FastifyReply> {
  const { parts } = door
  const key = writeKeyInHeader(call.headers.authorization) ?? writeKeyInQuery(call)
  const known = key === null ? null : await sourceOf(parts, key)
  const limit = known === null ? MOST_FROM_ANYBODY : bodyLimit(route, known)
  const bytes = await readBody({ call, reply, limit, lease: door.openLease() })
  const { arrivedAt, receivedAt } = arrivalOf(parts)

  const text = readText(bytes)
  const body = parseJson(text)
  const source = known ?? (await sourceOf(parts, writeKeyInBody(body)))
  refuseLargeBody(bytes, bodyLimit(route, source))
  const isPublic = hasOrigin(call)
  const { settings } = source
  const facts = factsOf(call, {
    settings,
    receivedAt,
    isFromDevice: isPublic || route.isShort,
    isRecorded: route.isRecorded,
  })
  const parsed = parseBody(body, route, { ...facts, needsRepair: mayNeedRepair(text) })
  door.limitRate(reply, source, parsed.length)
  const isShown = await maySeeVerdicts(parts, source, call)
  const verdicts = await collectParsed(parts, { source, parsed, arrivedAt, isPublic })
  return isShown ? answerVerdicts(reply, verdicts) : answerDelivered(reply)
}

function parseBody(
  body: unknown,
  { type }: SegmentRoute,
  facts: Parameters<typeof parseBatch>[1],
): readonly ParsedItem[] {
  return type === null ? parseBatch(body, facts) : parseSingle(type, body, facts)
}

function writeKeyInQuery({ query }: FastifyRequest): string | null {
  const key = typeof query === 'object' && query !== null && 'writeKey' in query ? query.writeKey : null
  return typeof key === 'string' ? key : null
}

function bodyLimit({ type }: SegmentRoute, { settings }: FoundSource): number {
  return type === null ? settings.maxBatchBytes : settings.maxEventBytes
}

function refuseLargeBody(bytes: Buffer, limit: number): void {
  if (bytes.length > limit) throw new Problem('too-large', `Send at most ${limit} bytes.`)
}
