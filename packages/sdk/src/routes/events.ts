import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { DroppedInHour, DropsQuery, EventsQuery, ListedEvent, QueryAnswer } from '../wire.ts'

export type EventRoutes = {
  /** Newest arrival first. A page may be empty and not be the last. */
  readonly list: (query?: EventsQuery) => Listing<ListedEvent>
  /** How many events were refused, by hour, source and reason; newest hour first. */
  readonly drops: (query?: DropsQuery) => Listing<DroppedInHour>
  readonly query: (query: string) => Promise<QueryAnswer>
  /** The same as CSV (RFC 4180), with a line of names. */
  readonly queryAsCsv: (query: string) => Promise<string>
}

export function eventRoutes(transport: Transport): EventRoutes {
  const path = '/api/v1/query'
  return {
    list: (query = {}) => listPages(transport, '/api/v1/events', query),
    drops: (query = {}) => listPages(transport, '/api/v1/drops', query),
    query: (query) => transport.json({ method: 'POST', path, body: { query, format: 'json' } }),
    queryAsCsv: (query) =>
      transport.text({
        method: 'POST',
        path,
        body: { query, format: 'csv' },
        headers: { accept: 'text/csv' },
      }),
  }
}
