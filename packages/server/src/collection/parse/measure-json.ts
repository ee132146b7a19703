import type { ItemRejection } from '@heed/protocol'

export type JsonBounds = { readonly depth: number; readonly properties: number }

/**
 * Whether a parsed value is nested or populated beyond the bounds. Everything after it may recurse: JSON.parse does not,
 * JSON.stringify does, and a body of 500,000 brackets would end it with a stack overflow.
 */
export function measureJson(
  value: unknown,
  bounds: JsonBounds,
): Extract<ItemRejection, 'too-deep' | 'too-many-properties'> | null {
  const room = { properties: bounds.properties }
  if (!fitsDepth(value, bounds.depth, room)) return 'too-deep'
  return room.properties < 0 ? 'too-many-properties' : null
}

/** Stops counting once there are too many: what lies beyond is not looked at, and the item is refused anyway. */
function fitsDepth(value: unknown, depth: number, room: { properties: number }): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  const members = Array.isArray(value) ? value : Object.values(value)
  room.properties -= members.length
  if (room.properties < 0) return true
  for (const member of members) {
    if (typeof member === 'object' && member !== null && !fitsDepth(member, depth - 1, room)) return false
  }
  return true
}
