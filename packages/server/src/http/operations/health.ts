import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { App } from '../app.ts'

/** One thing that must be so before this node takes calls. Rejecting counts as not ready. */
export type ReadinessCheck = {
  /** A word of ours, such as `database`, `migrations` or `journal`; it is shown to everybody. */
  readonly name: string
  readonly isReady: () => Promise<boolean>
}

const SLOWEST_CHECK_MS = 2_000

/** `/healthz`: this process answers. `/readyz`: it can also do its work; a load balancer asks here. */
export function healthRoutes(app: App, checks: readonly ReadinessCheck[]): void {
  app.get(
    '/healthz',
    { schema: { ...HEALTH, response: { 200: z.object({ status: z.literal('alive') }) } } },
    async () => ({
      status: 'alive' as const,
    }),
  )
  const response = { 200: readiness, 503: readiness }
  app.get('/readyz', { schema: { ...READY, response } }, async (_call, reply) => {
    const results = await Promise.all(checks.map(run))
    const isReady = results.every((result) => result.isReady)
    return reply.code(isReady ? 200 : 503).send({ isReady, checks: results })
  })
}

const readiness = z.object({
  isReady: z.boolean(),
  checks: z.array(z.object({ name: z.string(), isReady: z.boolean() })),
})

const HEALTH = { tags: ['operations'], summary: 'Is this process alive?' }
const READY = { tags: ['operations'], summary: 'Can this node take calls?' }

async function run({ name, isReady }: ReadinessCheck): Promise<{ name: string; isReady: boolean }> {
  const answered = isReady().then(
    (answer) => answer,
    () => false,
  )
  const inTime = sleep(SLOWEST_CHECK_MS, false, { ref: false })
  return { name, isReady: await Promise.race([answered, inTime]) }
}
