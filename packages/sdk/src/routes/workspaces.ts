import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { ListQuery, Workspace, WorkspaceCreated } from '../wire.ts'

export type WorkspaceRoutes = {
  /** The token's own workspace: a token sees no other. */
  readonly list: (query?: ListQuery) => Listing<Workspace>
  readonly get: (id: string) => Promise<Workspace>
  /** `token` is shown once; null when the call was a repeat. */
  readonly create: (workspace: { readonly name: string }) => Promise<WorkspaceCreated>
  readonly rename: (id: string, name: string) => Promise<Workspace>
}

export function workspaceRoutes(transport: Transport): WorkspaceRoutes {
  const path = '/api/v1/workspaces'
  const pathOf = (id: string) => `${path}/${encodeURIComponent(id)}`
  return {
    list: (query = {}) => listPages(transport, path, query),
    get: (id) => transport.json({ method: 'GET', path: pathOf(id) }),
    create: (body) => transport.json({ method: 'POST', path, body }),
    rename: (id, name) => transport.json({ method: 'PATCH', path: pathOf(id), body: { name } }),
  }
}
