const objectOrNull = { type: ['object', 'null'] } as const
const identifier = { description: 'Text or a whole number; blank counts as absent' } as const
const time = { description: 'ISO 8601, or milliseconds since 1970' } as const

/** JSON Schema of one Segment item. Only what would make it unreadable is checked: clients send more than is documented. */
export const trackingItemSchema = {
  type: 'object',
  properties: {
    type: {
      description: 'identify, track, page, screen, group or alias; taken from the path where that names it',
    },
    userId: identifier,
    anonymousId: identifier,
    previousId: { description: 'alias: the id the person had until now' },
    groupId: {},
    event: { description: 'track: the name of the event' },
    name: { description: 'page and screen: its name' },
    traits: objectOrNull,
    properties: objectOrNull,
    context: objectOrNull,
    integrations: {},
    messageId: { description: 'Deduplicated for at least 24 hours' },
    timestamp: time,
    sentAt: time,
    writeKey: { description: 'Where no Authorization header names the source' },
  },
} as const

/** JSON Schema of `/v1/batch`, `/v1/b` and `/v1/import`. Items are checked one by one: a bad one never fails its batch. */
export const trackingBatchSchema = {
  type: 'object',
  required: ['batch'],
  properties: {
    batch: { type: 'array', description: 'Items as the other routes take them, each with its type' },
    context: { ...objectOrNull, description: 'Merged into each item, whose own entries win' },
    integrations: { ...objectOrNull, description: 'Merged into each item, whose own entries win' },
    sentAt: { description: 'Client time of sending; corrects the clock of every item' },
    writeKey: { description: 'Where no Authorization header names the source' },
  },
} as const

/** JSON Schema of a Cooladata call, in whatever encoding it arrived; a lone event and a bare list are taken too. */
export const cooladataCallSchema = {
  type: 'object',
  properties: {
    events: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          event_name: { type: 'string' },
          user_id: identifier,
          user_alternative_id: { description: 'A second id of the same person; also alternative_user_id' },
          event_timestamp_epoch: {
            description: 'Milliseconds as number or text, or a date; absent means time of receipt',
          },
          session_id: {},
        },
      },
    },
  },
} as const
