import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { ListQuery, NewRequest, Request } from '../wire.ts'

export type RequestRoutes = {
  /** In effect on every node when this resolves. */
  readonly open: (request: NewRequest) => Promise<Request>
  readonly get: (id: string) => Promise<Request>
  /** Newest first. */
  readonly list: (query?: ListQuery) => Listing<Request>
}

export function requestRoutes(transport: Transport): RequestRoutes {
  const path = '/api/v1/requests'
  return {
    open: (body) => transport.json({ method: 'POST', path, body }),
    get: (id) => transport.json({ method: 'GET', path: `${path}/${encodeURIComponent(id)}` }),
    list: (query = {}) => listPages(transport, path, query),
  }
}
