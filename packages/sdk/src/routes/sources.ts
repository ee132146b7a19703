import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { ListQuery, NewSource, Source, SourceChange, SourceWithKey } from '../wire.ts'

export type SourceRoutes = {
  readonly list: (query?: ListQuery) => Listing<Source>
  readonly get: (id: string) => Promise<Source>
  /** `writeKey` is shown once; null when the call was a repeat. */
  readonly create: (source: NewSource) => Promise<SourceWithKey>
  /** Changes what is named and nothing else. */
  readonly change: (id: string, change: SourceChange) => Promise<SourceWithKey>
}

export function sourceRoutes(transport: Transport): SourceRoutes {
  const path = '/api/v1/sources'
  const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`
  return {
    list: (query = {}) => listPages(transport, path, query),
    get: (id) => transport.json({ method: 'GET', path: pathOf(id) }),
    create: (body) => transport.json({ method: 'POST', path, body }),
    change: (id, body) => transport.json({ method: 'PATCH', path: pathOf(id), body }),
  }
}
