import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { ListQuery, OpenedReceipt, Opening, ReceiptAnswer } from '../wire.ts'

export type ReceiptRoutes = {
  /** `heed verify` takes the JSON of what this answers. */
  readonly get: (id: string) => Promise<ReceiptAnswer>
  /** With the opening, which says whom it is about: for the person, and logged. Needs requests:write too. */
  readonly personsCopy: (id: string) => Promise<ReceiptAnswer>
  /** Of one request, newest first. */
  readonly ofRequest: (requestId: string, query?: ListQuery) => Listing<ReceiptAnswer>
  /** What is left of the person whose copy this is. */
  readonly open: (copy: { readonly jws: string; readonly opening: Opening }) => Promise<OpenedReceipt>
}

export function receiptRoutes(transport: Transport): ReceiptRoutes {
  const pathOf = (id: string) => `/api/v1/receipts/${encodeURIComponent(id)}`
  return {
    get: (id) => transport.json({ method: 'GET', path: pathOf(id) }),
    personsCopy: (id) => transport.json({ method: 'GET', path: pathOf(id), query: { copy: 'person' } }),
    ofRequest: (requestId, query = {}) =>
      listPages(transport, `/api/v1/requests/${encodeURIComponent(requestId)}/receipts`, query),
    open: ({ jws, opening }) =>
      transport.json({ method: 'POST', path: '/api/v1/receipts/open', body: { jws, opening } }),
  }
}
