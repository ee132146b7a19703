import { type JsonObject, objectOrNull } from './json-object.ts'

/** What says who it is, what it is and when. */
const KEPT = [
  'type',
  'event',
  'userId',
  'anonymousId',
  'messageId',
  'timestamp',
  'originalTimestamp',
  'sentAt',
] as const
const KEPT_TRAITS = ['email', 'phone'] as const

/**
 * A Segment opt-out without anything that can be too large, too deep or misshapen: what it carried may be refused, what it
 * says may not.
 */
export function bareOptOut(wire: JsonObject): JsonObject {
  const context = objectOrNull(wire.context)
  return {
    ...plain(wire, KEPT),
    traits: plain(objectOrNull(wire.traits), KEPT_TRAITS),
    context: {
      traits: plain(objectOrNull(context?.traits), KEPT_TRAITS),
      device: plain(objectOrNull(context?.device), ['id']),
    },
  }
}

const KEPT_OF_COOLADATA = [
  'event_name',
  'user_id',
  'user_alternative_id',
  'alternative_user_id',
  'event_timestamp_epoch',
  'session_id',
] as const

/** The same for Cooladata's flat event. */
export function bareCooladataOptOut(wire: JsonObject): JsonObject {
  return plain(wire, KEPT_OF_COOLADATA)
}

/** Longer than any identifier or time can be. */
const LONGEST = 2_100

function plain(object: JsonObject | null, keys: readonly string[]): JsonObject {
  const entries = keys.flatMap((key) => {
    const value = object?.[key]
    const isPlain = typeof value === 'number' || (typeof value === 'string' && value.length <= LONGEST)
    return isPlain ? [[key, value]] : []
  })
  return Object.fromEntries(entries)
}
