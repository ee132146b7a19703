import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type {
  Explanation,
  Lifting,
  ListedSuppression,
  ListQuery,
  NamedIdentifier,
  NewLifting,
} from '../wire.ts'

export type SuppressionRoutes = {
  /** Is an identifier suppressed, since when, by what, and what was dropped since? */
  readonly explain: (identifier: NamedIdentifier) => Promise<Explanation>
  /** Every "no", newest first, lifted ones too. It names nobody. */
  readonly list: (query?: ListQuery) => Listing<ListedSuppression>
  /** Takes back the opt-outs that came through one source in an interval. */
  readonly lift: (lifting: NewLifting) => Promise<Lifting>
}

export function suppressionRoutes(transport: Transport): SuppressionRoutes {
  return {
    explain: (identifier) =>
      transport.json({ method: 'POST', path: '/api/v1/explain', body: { identifier } }),
    list: (query = {}) => listPages(transport, '/api/v1/suppressions', query),
    lift: (body) => transport.json({ method: 'POST', path: '/api/v1/suppressions/lift', body }),
  }
}
