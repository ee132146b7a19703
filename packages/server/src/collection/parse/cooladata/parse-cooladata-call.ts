import { COLLECTION_LIMITS, Problem } from '@heed/protocol'
import { bareCooladataOptOut } from '../bare-opt-out.ts'
import { clearCampaign, clearEventName } from '../clear-text.ts'
import { eventTimes } from '../event-times.ts'
import { fingerprints } from '../fingerprint.ts'
import { readIdentifiers } from '../item-identifiers.ts'
import { isJsonObject, type JsonObject } from '../json-object.ts'
import { measureJson } from '../measure-json.ts'
import { isOptOutName } from '../opt-out-name.ts'
import { type CallFacts, type ParsedItem, rejected } from '../parsed-item.ts'
import { purchaseOf } from '../purchase.ts'
import { mayNeedRepair, storable } from '../storable-json.ts'
import { readEventTimestamp } from './event-timestamp.ts'
import type { Payload } from './read-payload.ts'

/** The events of a Cooladata call, in order. Throws `Problem('invalid-body' | 'too-large')`. */
export function parseCooladataCall(payload: Payload, facts: CallFacts): readonly ParsedItem[] {
  const events = eventsOf(payload.value)
  const { maxCooladataBatchEvents } = facts.settings
  if (events.length > maxCooladataBatchEvents) {
    throw new Problem('too-large', `Send at most ${maxCooladataBatchEvents} events a call.`)
  }
  const call = { ...facts, needsRepair: mayNeedRepair(payload.text), fingerprint: fingerprints() }
  return events.map((event) => parseEvent(event, call))
}

type CooladataCall = CallFacts & {
  readonly needsRepair: boolean
  readonly fingerprint: (item: unknown) => string
}

/** `{"events": […]}` as documented; a bare list and a lone event, as some clients send them. */
function eventsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (!isJsonObject(value)) throw new Problem('invalid-body', 'Send {"events": […]}.')
  const { events } = value
  if (Array.isArray(events)) return events
  if (events === undefined && value.event_name !== undefined) return [value]
  throw new Problem('invalid-body', 'Send {"events": […]}: events is a list.')
}

/** As with Segment's, an opt-out that is refused for what it carries is taken without it. */
function parseEvent(wire: unknown, call: CooladataCall): ParsedItem {
  if (!isJsonObject(wire)) return rejected('not-an-object')
  const parsed = parseWhole(wire, call)
  const { event_name: name } = wire
  if (parsed.kind === 'collected' || typeof name !== 'string' || !isOptOutName(name, call.settings))
    return parsed
  return parseWhole(bareCooladataOptOut(wire), call)
}

function parseWhole(wire: JsonObject, call: CooladataCall): ParsedItem {
  const misfit = measureJson(wire, {
    depth: COLLECTION_LIMITS.eventDepth,
    properties: COLLECTION_LIMITS.eventProperties,
  })
  if (misfit !== null) return rejected(misfit)
  const sentName = wire.event_name
  if (typeof sentName !== 'string' || sentName.trim() === '') return rejected('no-event-name')
  return collect(wire, sentName.trim(), call)
}

/** Both ids are of kind `userId`: several ids of one person are what Cooladata calls alternative identities. */
function collect(wire: JsonObject, sentName: string, call: CooladataCall): ParsedItem {
  const alternative = wire.user_alternative_id ?? wire.alternative_user_id
  const ids = [
    { role: 'userId', kind: 'userId', raw: wire.user_id },
    { role: 'alternativeId', kind: 'userId', raw: alternative },
  ] as const
  const who = readIdentifiers(ids, [])
  if (who.kind === 'refused') return rejected(who.code)

  const event = call.needsRepair ? repaired(wire) : wire
  const name = clearEventName(sentName)
  const content = contentOf(event, name === null ? sentName : null)
  if (Buffer.byteLength(content) > call.settings.maxEventBytes) return rejected('event-too-large')
  const timestamp = readEventTimestamp(event.event_timestamp_epoch)
  return {
    kind: 'collected',
    item: {
      type: 'track',
      name,
      identifiers: who.identifiers,
      messageId: null,
      fingerprint: timestamp === null ? null : call.fingerprint(event),
      ...eventTimes(
        { timestamp: call.settings.useServerTime ? null : timestamp, sentAt: null },
        call.receivedAt,
      ),
      receivedAt: call.receivedAt,
      isRecorded: call.isRecorded,
      isOptOut: isOptOutName(sentName, call.settings),
      linksUserIds: who.identifiers.length > 1,
      traits: null,
      campaign: clearCampaign(event.utm_campaign),
      ...purchaseOf(sentName, event),
      content,
    },
  }
}

function repaired(event: JsonObject): JsonObject {
  const value = storable(event)
  return isJsonObject(value) ? value : {}
}

/** The flat event in the shape of every other event's content: ids, context, properties. */
function contentOf(event: JsonObject, withheldName: string | null): string {
  const {
    event_name: _name,
    user_id: userId,
    user_alternative_id: firstSpelling,
    alternative_user_id: secondSpelling,
    event_timestamp_epoch: timestamp,
    session_id: sessionId,
    ...properties
  } = event
  return JSON.stringify({
    userId,
    alternativeId: firstSpelling ?? secondSpelling,
    event: withheldName ?? undefined,
    timestamp,
    context: sessionId === undefined ? undefined : { sessionId },
    properties,
  })
}
