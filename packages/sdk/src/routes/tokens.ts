import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { ApiToken, ListQuery, NewToken, TokenCreated } from '../wire.ts'

export type TokenRoutes = {
  /** Every token, revoked ones too. */
  readonly list: (query?: ListQuery) => Listing<ApiToken>
  readonly get: (id: string) => Promise<ApiToken>
  /** `token` is shown once; null when the call was a repeat. */
  readonly create: (token: NewToken) => Promise<TokenCreated>
  readonly revoke: (id: string) => Promise<void>
}

export function tokenRoutes(transport: Transport): TokenRoutes {
  const path = '/api/v1/tokens'
  const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`
  return {
    list: (query = {}) => listPages(transport, path, query),
    get: (id) => transport.json({ method: 'GET', path: pathOf(id) }),
    create: (body) => transport.json({ method: 'POST', path, body }),
    async revoke(id) {
      await transport.text({ method: 'DELETE', path: pathOf(id) })
    },
  }
}
