import type { Scope, ScopeName } from '@heed/protocol'

/** Who calls: a token, and so one workspace. */
export type Principal = {
  /** Bare UUID. */
  readonly workspaceId: string
  /** Bare UUID of the token. */
  readonly tokenId: string
  /** How the audit log names the caller: `token:tok_…`. */
  readonly actor: string
  readonly scopes: readonly ScopeName[]
  readonly expiresAt: Date | null
}

export function mayUse(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes('*') || principal.scopes.includes(scope)
}

/** May this caller hand out these scopes? Only what it has itself, or a token could widen itself through another. */
export function mayGrant(principal: Principal, scopes: readonly ScopeName[]): boolean {
  return principal.scopes.includes('*') || scopes.every((scope) => principal.scopes.includes(scope))
}
