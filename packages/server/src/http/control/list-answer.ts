import { type IdPrefix, parsePublicId, publicId } from '@heed/core'
import { type ListQuery, Problem } from '@heed/protocol'

/** The UUID after which a page begins, or null for the first page. A cursor is the public id of the last row shown. */
export function pageStart(prefix: IdPrefix, { cursor }: ListQuery): string | null {
  if (cursor === undefined) return null
  const after = parsePublicId(prefix, cursor)
  if (after === null)
    throw new Problem('invalid-body', 'cursor must be the nextCursor of a page of this list.')
  return after
}

/** Cuts the extra row off that says there is more. Rows are in the order of their ids. */
export function listAnswer<Row, Shown>(
  rows: readonly Row[],
  page: {
    readonly limit: number
    readonly prefix: IdPrefix
    readonly idOf: (row: Row) => string
    readonly show: (row: Row) => Shown
  },
): { data: Shown[]; nextCursor: string | null } {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const hasMore = rows.length > page.limit && last !== undefined
  return { data: shown.map(page.show), nextCursor: hasMore ? publicId(page.prefix, page.idOf(last)) : null }
}
