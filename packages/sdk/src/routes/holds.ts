import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { Hold, ListQuery, NewHold } from '../wire.ts'

export type HoldRoutes = {
  /** Keeps a person's data until a day; an erase waits for it. */
  readonly place: (subjectId: string, hold: NewHold) => Promise<Hold>
  /** Newest first, ended and released ones too. */
  readonly list: (subjectId: string, query?: ListQuery) => Listing<Hold>
  /** Ends it before its day; an erase that waited for the last one goes on. */
  readonly release: (subjectId: string, holdId: string) => Promise<Hold>
}

export function holdRoutes(transport: Transport): HoldRoutes {
  const pathOf = (subjectId: string) => `/api/v1/subjects/${encodeURIComponent(subjectId)}/holds`
  return {
    place: (subjectId, body) => transport.json({ method: 'POST', path: pathOf(subjectId), body }),
    list: (subjectId, query = {}) => listPages(transport, pathOf(subjectId), query),
    release: (subjectId, holdId) =>
      transport.json({
        method: 'POST',
        path: `${pathOf(subjectId)}/${encodeURIComponent(holdId)}/release`,
      }),
  }
}
