import { Problem } from '@heed/protocol'
import { z } from 'zod'

/** A place in the order of arrival, newest first. */
export type Position = { readonly seq: string; readonly id: string }

const LARGEST_SEQ = 9223372036854775807n

/** Before the newest. */
export const NEWEST: Position = {
  seq: String(LARGEST_SEQ),
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
}

export function positionOf(cursor: string | undefined): Position {
  if (cursor === undefined) return NEWEST
  const [seq, id] = openCursor(cursor, position)
  return { seq, id }
}

export function cursorAt(position: Position | null): string | null {
  return position === null ? null : sealCursor([position.seq, position.id])
}

/** Is `a` listed before `b`, that is, did it arrive later? */
export function isNewer(a: Position, b: Position): boolean {
  return a.seq === b.seq ? a.id > b.id : BigInt(a.seq) > BigInt(b.seq)
}

/** @param parts without line breaks */
export function sealCursor(parts: readonly string[]): string {
  return Buffer.from(parts.join('\n')).toString('base64url')
}

/** @throws Problem when the text is not a cursor of this list */
export function openCursor<Parts>(cursor: string, shape: z.ZodType<Parts>): Parts {
  const parts = shape.safeParse(Buffer.from(cursor, 'base64url').toString().split('\n'))
  if (!parts.success)
    throw new Problem('invalid-body', 'cursor is not the nextCursor of a page of this list.')
  return parts.data
}

const position = z.tuple([
  z
    .string()
    .regex(/^\d{1,19}$/, { abort: true })
    .refine((seq) => BigInt(seq) <= LARGEST_SEQ),
  z.guid().toLowerCase(),
])
