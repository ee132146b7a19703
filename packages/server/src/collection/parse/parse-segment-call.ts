import { COLLECTION_LIMITS, Problem, trackingBatchSchema } from '@heed/protocol'
import { Ajv } from 'ajv'
import type { EventType } from '../collected-item.ts'
import { readClientTime } from './event-times.ts'
import { fingerprints } from './fingerprint.ts'
import { isJsonObject, type JsonObject, objectOrNull } from './json-object.ts'
import { measureJson } from './measure-json.ts'
import { type Envelope, parseSegmentItem, type SegmentCall } from './parse-segment-item.ts'
import type { CallFacts, ParsedItem } from './parsed-item.ts'

type BodyFacts = CallFacts & { readonly needsRepair: boolean }

/** The one item of `/v1/track` and its like. Throws `Problem('invalid-body')` when the body is no object. */
export function parseSingle(type: EventType, body: unknown, facts: BodyFacts): readonly ParsedItem[] {
  if (!isJsonObject(body)) throw new Problem('invalid-body', 'Send one JSON object.')
  return [parseSegmentItem(body, { ...facts, type, envelope: NO_ENVELOPE, fingerprint: fingerprints() })]
}

const NO_ENVELOPE: Envelope = { context: null, integrations: null, sentAt: null }

/** The items of a batch, in order. Throws `Problem('invalid-body' | 'too-large')` for what no item can be blamed for. */
export function parseBatch(body: unknown, facts: BodyFacts): readonly ParsedItem[] {
  if (!isBatch(body))
    throw new Problem('invalid-body', 'Send {"batch": […]}; context and integrations are objects.')
  const { maxBatchEvents } = facts.settings
  if (body.batch.length > maxBatchEvents) {
    throw new Problem('too-large', `Send at most ${maxBatchEvents} events a batch.`)
  }
  const call = { ...facts, type: null, envelope: envelopeOf(body, facts), fingerprint: fingerprints() }
  return parseWithinBudget(body.batch, call)
}

type BatchBody = JsonObject & { readonly batch: readonly unknown[] }

const isBatch = new Ajv({ allowUnionTypes: true }).compile<BatchBody>(trackingBatchSchema)

/** Merged into every item, so what would make each of them too large is refused at once. */
function envelopeOf(body: BatchBody, { settings }: CallFacts): Envelope {
  const context = objectOrNull(body.context)
  const integrations = objectOrNull(body.integrations)
  const bounds = { depth: COLLECTION_LIMITS.eventDepth, properties: COLLECTION_LIMITS.eventProperties }
  if (measureJson([context, integrations], bounds) !== null) {
    throw new Problem(
      'too-large',
      'The context of the batch is nested or populated beyond what an event may be.',
    )
  }
  if (Buffer.byteLength(JSON.stringify([context, integrations])) > settings.maxEventBytes) {
    throw new Problem('too-large', 'The context of the batch alone is larger than an event may be.')
  }
  return { context, integrations, sentAt: readClientTime(body.sentAt) }
}

/** A context of 30 KB in 2,500 items of a few bytes would make 75 MB out of a small body. */
const MOST_EXPANSION = 8

function parseWithinBudget(items: readonly unknown[], call: SegmentCall): readonly ParsedItem[] {
  let room = MOST_EXPANSION * call.settings.maxBatchBytes
  return items.map((wire) => {
    const parsed = parseSegmentItem(wire, call)
    if (parsed.kind === 'collected') room -= parsed.item.content.length
    if (room < 0)
      throw new Problem('too-large', 'With the context of the batch in every event it is too large.')
    return parsed
  })
}
