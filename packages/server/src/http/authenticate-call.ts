import { InvariantViolation } from '@heed/core'
import { Problem, type Scope } from '@heed/protocol'
import type { FastifyRequest, RouteOptions } from 'fastify'
import type { Authenticate } from '../access/authenticate-token.ts'
import { mayUse, type Principal } from '../access/principal.ts'
import type { App } from './app.ts'
import { isLocalCall } from './local-call.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller's token must be allowed to do; `any` takes every valid token. Required under /api/v1. */
    scope?: Scope | 'any'
    /** May a program on this very machine call without a token? */
    openOnLoopback?: boolean
  }
  interface FastifyRequest {
    /** Who calls; null on routes without a scope. */
    principal: Principal | null
    /** `token:tok_…`. Throws on a route without a scope. */
    readonly actor: string
    /** The bare UUID of the caller's workspace. Throws on a route without a scope. */
    readonly workspaceId: string
    /** The `Idempotency-Key` header, or null. */
    readonly idempotencyKey: string | null
  }
}

/** Looks at every route's `config.scope` and lets nobody without it reach the handler, or even send a body. */
export function addAuthentication(app: App, authenticate: Authenticate): void {
  app.addHook('onRoute', refuseRouteWithoutScope)
  app.decorateRequest('principal', null)
  app.decorateRequest('actor', { getter: actorOf })
  app.decorateRequest('workspaceId', { getter: workspaceOf })
  app.decorateRequest('idempotencyKey', { getter: idempotencyKeyOf })
  app.addHook('onRequest', async (call) => {
    const { scope, openOnLoopback } = call.routeOptions.config
    if (scope === undefined || (openOnLoopback === true && isLocalCall(call))) return
    const principal = await authenticate({
      authorization: call.headers.authorization ?? null,
      address: call.ip,
    })
    if (scope !== 'any' && !mayUse(principal, scope)) {
      throw new Problem('forbidden', `This route needs a token with the scope ${scope}.`)
    }
    call.principal = principal
  })
}

/** Forgetting the scope must not open a route: the server does not start. */
function refuseRouteWithoutScope(route: RouteOptions): void {
  if (route.url.startsWith('/api/v1') && route.config?.scope === undefined) {
    throw new InvariantViolation(`The route ${route.url} says no config.scope`)
  }
}

/** The caller of a route that says a scope. */
export function callerOf(call: FastifyRequest): Principal {
  if (call.principal === null)
    throw new InvariantViolation(`The route ${call.routeOptions.url} has no caller: it says no scope`)
  return call.principal
}

function actorOf(this: FastifyRequest): string {
  return callerOf(this).actor
}

function workspaceOf(this: FastifyRequest): string {
  return callerOf(this).workspaceId
}

function idempotencyKeyOf(this: FastifyRequest): string | null {
  const key = this.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Problem('invalid-body', 'The header Idempotency-Key takes 1 to 200 visible ASCII characters.')
  }
  return key
}
