import type { Transport } from '../transport.ts'
import type { IdentityLink, NamedIdentifier } from '../wire.ts'

export type IdentityLinkRoutes = {
  /** Says that two identifiers are one person. */
  readonly create: (link: {
    readonly identifiers: readonly [NamedIdentifier, NamedIdentifier]
    readonly reason?: string
  }) => Promise<IdentityLink>
  /** Undoes a link. */
  readonly remove: (id: string) => Promise<void>
}

export function identityLinkRoutes(transport: Transport): IdentityLinkRoutes {
  const path = '/api/v1/identity-links'
  return {
    create: (body) => transport.json({ method: 'POST', path, body }),
    async remove(id) {
      await transport.text({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` })
    },
  }
}
