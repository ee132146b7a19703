import { z } from 'zod'
import type { App } from '../app.ts'
import { DOCS_SECURITY_POLICY, renderDocs } from './docs-page.ts'

/** The document describes itself: naming its shape here would say less. */
const OPENAPI = { type: 'object' }

/** `/openapi.json` for programs and `/docs` for people, made from the same registrations as the routes themselves. */
export function docsRoutes(app: App): void {
  const tags = ['operations']
  app.get(
    '/openapi.json',
    { schema: { tags, summary: 'Every route as OpenAPI 3.1.', response: { 200: OPENAPI } } },
    async (_call, reply) => reply.serializer(String).send(JSON.stringify(app.swagger())),
  )
  app.get(
    '/docs',
    {
      schema: {
        tags,
        summary: 'Every route as a page.',
        produces: ['text/html'],
        response: { 200: z.string() },
      },
    },
    async (_call, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', DOCS_SECURITY_POLICY)
        .header('referrer-policy', 'no-referrer')
        .serializer(String)
        .send(renderDocs(app.swagger())),
  )
}
