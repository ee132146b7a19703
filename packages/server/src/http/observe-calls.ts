import type { App } from './app.ts'
import type { Metrics } from './operations/metrics.ts'

/**
 * One log line and one measurement a call: the route's pattern, never its address, which can hold a write key or somebody's
 * data; no header, no body, and not the caller's address, which is personal too.
 */
export function observeCalls(app: App, metrics: Metrics): void {
  const calls = metrics.histogram({
    name: 'heed_http_call_seconds',
    help: 'Time from the first byte of a call to the last byte of its answer.',
    labels: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  app.addHook('onRequest', async (call, reply) => {
    reply.header('x-request-id', call.id)
    reply.header('x-content-type-options', 'nosniff')
  })
  app.addHook('onResponse', async (call, reply) => {
    const route = call.routeOptions.url ?? '(none)'
    const durationMs = Math.round(reply.elapsedTime * 10) / 10
    calls.observe({ route, method: call.method, status: String(reply.statusCode) }, durationMs / 1000)
    call.log.info({ route, method: call.method, status: reply.statusCode, durationMs }, 'answered')
  })
}
