import { z } from 'zod'
import type { App } from '../app.ts'
import type { Metrics } from './metrics.ts'

const FORMAT = 'text/plain; version=0.0.4; charset=utf-8'

/** A scraper on this machine needs no token: the metrics hold no identifier, no key and nothing per subject or source. */
export function metricsRoute(app: App, metrics: Metrics): void {
  app.get(
    '/metrics',
    {
      config: { scope: 'metrics:read', openOnLoopback: true },
      schema: {
        tags: ['operations'],
        summary: 'Metrics in the Prometheus text format.',
        description: 'Calls from this machine need no token.',
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
    },
    async (_call, reply) =>
      reply
        .type(FORMAT)
        .serializer(String)
        .send(await metrics.render()),
  )
}
