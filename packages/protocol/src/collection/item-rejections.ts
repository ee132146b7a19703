/** Why one item of a tracking call was refused, though the call was not. Shown to tokens that have `events:read`. */
export const ITEM_REJECTIONS = {
  'not-an-object': 'The item is not a JSON object',
  'unknown-type': 'The type is none of identify, track, page, screen, group, alias',
  'malformed-item': 'context, properties or traits is not a JSON object',
  'no-identifier': 'The item names nobody',
  'invalid-identifier': 'A user, anonymous or previous id is too long or cannot be an id',
  'no-event-name': 'A track needs the name of its event',
  'event-too-large': 'The event is larger than this source accepts',
  'too-many-properties': 'The event has more properties than this source accepts',
  'too-deep': 'Objects or arrays are nested too deeply',
  'too-many-identifiers':
    'The item names somebody by one identifier more than a person may have; without the new one it is taken',
  'refused-by-database': 'A value of the item cannot be stored',
} as const satisfies Record<string, string>

export type ItemRejection = keyof typeof ITEM_REJECTIONS
