import type { App } from '../app.ts'

/**
 * Lets pages of any origin call these doors: their callers hold a public write key and no cookie, so there is nothing an
 * origin could be protected from. Browser SDKs send Authorization, and X-Retry-Count when they retry; RudderStack's send
 * AnonymousId.
 */
export function allowEveryOrigin(app: App): void {
  app.addHook('onRequest', async (_call, reply) => {
    reply.header('access-control-allow-origin', '*')
    reply.header('access-control-expose-headers', 'Retry-After, X-RateLimit-Reset')
  })
  for (const path of ['/v1/*', '/v3/*', '/egw/*', '/analytics.js/*', '/analytics-next/*']) {
    app.options(path, async (_call, reply) => reply.code(204).headers(PREFLIGHT).send())
  }
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type, Content-Encoding, X-Retry-Count, AnonymousId',
  'access-control-max-age': '86400',
}
