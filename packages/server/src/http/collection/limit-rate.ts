import { Problem } from '@heed/protocol'
import type { FastifyReply } from 'fastify'
import { createRateLimiter, type RateLimiter } from '../../access/rate-limiter.ts'
import type { FoundSource } from './collection-parts.ts'

/** Throws `Problem('rate-limited')` when a source sends more events a second than its settings allow this node. */
export type LimitRate = (reply: FastifyReply, source: FoundSource, events: number) => void

const MOST_SOURCES = 10_000

/** One limiter for each rate that some source has; a second's worth may come at once. */
export function createSourceLimiter(elapsed: () => number): LimitRate {
  const limiters = new Map<number, RateLimiter>()
  return (reply, { sourceId, settings }, events) => {
    const perSecond = settings.eventsPerSecond
    if (perSecond === null) return
    const limiter =
      limiters.get(perSecond) ??
      createRateLimiter({ perSecond, burst: perSecond, mostNames: MOST_SOURCES }, elapsed)
    limiters.set(perSecond, limiter)
    const decision = limiter.take(sourceId, events)
    if (decision.kind === 'allowed') return
    const retryAfter = decision.retryAfterSeconds
    reply.header('x-ratelimit-reset', retryAfter)
    throw new Problem('rate-limited', `This source may send again in ${retryAfter} s.`, { retryAfter })
  }
}
