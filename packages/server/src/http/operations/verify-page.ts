import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { App } from '../app.ts'

const PAGE = fileURLToPath(new URL('../../../../../docs/verify-receipt.html', import.meta.url))

/** `/verify`: the page that checks receipts, as it lies in the repository. It says itself what may run in it. */
export function verifyPageRoute(app: App): void {
  const page = readFileSync(PAGE, 'utf8')
  const [, policy = "default-src 'none'"] =
    /http-equiv="content-security-policy" content="([^"]+)"/.exec(page) ?? []
  app.get(
    '/verify',
    {
      schema: {
        tags: ['operations'],
        summary: 'A page that checks receipts in the browser, and sends nothing.',
        produces: ['text/html'],
        response: { 200: z.string() },
      },
    },
    async (_call, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', `${policy}; frame-ancestors 'none'`)
        .header('referrer-policy', 'no-referrer')
        .serializer(String)
        .send(page),
  )
}
