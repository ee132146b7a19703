import { COLLECTION_LIMITS, trackingItemSchema } from '@heed/protocol'
import { Ajv } from 'ajv'
import type { CollectedItem, EventType } from '../collected-item.ts'
import { bareOptOut } from './bare-opt-out.ts'
import { clearCampaign, clearEventName } from './clear-text.ts'
import { eventTimes, readClientTime } from './event-times.ts'
import { identifiersOf } from './item-identifiers.ts'
import { isJsonObject, type JsonObject, objectOrNull } from './json-object.ts'
import { measureJson } from './measure-json.ts'
import { isOptOutName } from './opt-out-name.ts'
import { type CallFacts, type ParsedItem, rejected } from './parsed-item.ts'
import { NO_PURCHASE, purchaseOf } from './purchase.ts'
import { storable } from './storable-json.ts'

/** What an item takes from the call it came in. */
export type SegmentCall = CallFacts & {
  /** The type the path names; null where each item names its own. */
  readonly type: EventType | null
  readonly envelope: Envelope
  readonly needsRepair: boolean
  readonly fingerprint: (item: unknown) => string
}

export type Envelope = {
  readonly context: JsonObject | null
  readonly integrations: JsonObject | null
  /** Milliseconds since 1970. */
  readonly sentAt: number | null
}

/**
 * One item of a Segment call as the gate takes it, or why it is refused. Never throws, whatever the item is. An opt-out that
 * is refused for what it carries is taken without it: a "no" is not lost for its size.
 */
export function parseSegmentItem(wire: unknown, call: SegmentCall): ParsedItem {
  if (!isJsonObject(wire)) return rejected('not-an-object')
  const parsed = parseWhole(wire, call)
  if (parsed.kind === 'collected' || !saysStop(wire, call)) return parsed
  return parseWhole(bareOptOut(wire), { ...call, envelope: { ...call.envelope, context: null } })
}

function saysStop(wire: JsonObject, { type, settings }: SegmentCall): boolean {
  const event = (type ?? wire.type) === 'track' ? eventNameOf(wire) : null
  return event !== null && isOptOutName(event, settings)
}

function parseWhole(wire: JsonObject, call: SegmentCall): ParsedItem {
  const type = call.type ?? eventTypeOf(wire.type)
  if (type === null) return rejected('unknown-type')
  if (!hasItemShape(wire)) return rejected('malformed-item')
  const misfit = measureJson(wire, {
    depth: COLLECTION_LIMITS.eventDepth,
    properties: COLLECTION_LIMITS.eventProperties,
  })
  if (misfit !== null) return rejected(misfit)
  if (type === 'track' && eventNameOf(wire) === null) return rejected('no-event-name')
  return collect(type, wire, call)
}

const EVENT_TYPES = new Map<unknown, EventType>(
  (['identify', 'track', 'page', 'screen', 'group', 'alias'] as const).map((type) => [type, type]),
)

function eventTypeOf(raw: unknown): EventType | null {
  return EVENT_TYPES.get(raw) ?? null
}

const hasItemShape = new Ajv({ allowUnionTypes: true }).compile<JsonObject>(trackingItemSchema)

function eventNameOf(item: JsonObject): string | null {
  const event = item.event
  return typeof event === 'string' && event.trim() !== '' ? event : null
}

/** Identifiers are read from what was sent: a NUL in an id refuses the item, it is not repaired into another id. */
function collect(type: EventType, wire: JsonObject, call: SegmentCall): ParsedItem {
  const sentContext = merged(call.envelope.context, objectOrNull(wire.context))
  const who = identifiersOf(type, wire, sentContext)
  if (who.kind === 'refused') return rejected(who.code)

  const item = call.needsRepair ? repaired(wire) : wire
  const context = withAddress(
    call.needsRepair && sentContext !== null ? repaired(sentContext) : sentContext,
    call,
  )
  const event = type === 'track' ? eventNameOf(item) : null
  const name = event === null ? null : clearEventName(event)
  const content = contentOf(item, { event: name === event ? undefined : event, context, call })
  if (Buffer.byteLength(content) > call.settings.maxEventBytes) return rejected('event-too-large')
  const messageId = messageIdOf(item.messageId)
  return {
    kind: 'collected',
    item: {
      type,
      name,
      identifiers: who.identifiers,
      messageId,
      fingerprint: messageId === null ? fingerprintOf(item, call) : null,
      ...timesOf(item, call),
      isOptOut: event !== null && isOptOutName(event, call.settings),
      linksUserIds: false,
      traits: type === 'identify' ? merged(objectOrNull(context?.traits), objectOrNull(item.traits)) : null,
      campaign: clearCampaign(objectOrNull(context?.campaign)?.name),
      ...(type === 'track' ? purchaseOf(event, objectOrNull(item.properties)) : NO_PURCHASE),
      content,
    },
  }
}

function repaired(object: JsonObject): JsonObject {
  return objectOrNull(storable(object)) ?? {}
}

/** Of two entries with one key the second object's wins; the spread defines `__proto__` as data and sets no prototype. */
function merged(first: JsonObject | null, second: JsonObject | null): JsonObject | null {
  if (first === null || second === null) return first ?? second
  return { ...first, ...second }
}

/** The server knows the address of a device; for a call from the caller's own server it is that server's, unless asked. */
function withAddress(context: JsonObject | null, call: SegmentCall): JsonObject | null {
  if (context?.ip !== undefined) return context
  if (!call.isFromDevice && context?.direct !== true) return context
  return { ...context, ip: call.address }
}

type ContentParts = {
  /** The event's name where it is not stored in the clear. */
  readonly event: string | null | undefined
  readonly context: JsonObject | null
  readonly call: SegmentCall
}

/** What the client sent, less what has a column of its own (the type, the name of a track) and the write key. */
function contentOf(item: JsonObject, { event, context, call }: ContentParts): string {
  const { type: _type, event: _event, writeKey: _writeKey, context: _context, integrations, ...rest } = item
  return JSON.stringify({
    ...rest,
    event: event ?? undefined,
    context: context ?? undefined,
    integrations: isJsonObject(integrations)
      ? merged(call.envelope.integrations, integrations)
      : (integrations ?? call.envelope.integrations ?? undefined),
  })
}

/** A client's id of any length: only its digest is kept. */
function messageIdOf(raw: unknown): string | null {
  if (typeof raw === 'number') return String(raw)
  return typeof raw === 'string' && raw.trim() !== '' ? raw : null
}

/** A retry sends another `sentAt`; everything else of the item stays as it was. */
function fingerprintOf(item: JsonObject, call: SegmentCall): string | null {
  if (clientTimeOf(item) === null) return null
  const { sentAt: _sentAt, writeKey: _writeKey, ...rest } = item
  return call.fingerprint({ ...rest, type: call.type ?? item.type })
}

function clientTimeOf(item: JsonObject): number | null {
  return readClientTime(item.timestamp) ?? readClientTime(item.originalTimestamp)
}

/** An archived item keeps its own time of receipt, and its `timestamp` has been corrected by whoever archived it. */
function timesOf(
  item: JsonObject,
  call: SegmentCall,
): Pick<CollectedItem, 'eventAt' | 'clientAt' | 'receivedAt' | 'isRecorded'> {
  const { isRecorded, settings } = call
  const archivedAt = isRecorded ? readClientTime(item.receivedAt) : null
  const isArchived = archivedAt !== null && archivedAt <= call.receivedAt.getTime()
  const receivedAt = isArchived ? new Date(archivedAt) : call.receivedAt
  const sentAt = isArchived ? null : (call.envelope.sentAt ?? readClientTime(item.sentAt))
  const timestamp = settings.useServerTime ? null : clientTimeOf(item)
  return { ...eventTimes({ timestamp, sentAt }, receivedAt), receivedAt, isRecorded }
}
