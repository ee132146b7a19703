import { createRateLimiter, type RateDecision } from './rate-limiter.ts'
import type { SourceRow } from './sources.store.ts'

/** May this source bring so many events now? Only a source that has `eventsPerSecond` is ever limited. */
export type LimitSource = (
  source: Pick<SourceRow, 'sourceId'> & { readonly settings: Pick<SourceRow['settings'], 'eventsPerSecond'> },
  events: number,
) => RateDecision

/** Counted in seconds of the source's own rate, so that one limiter serves all of them; two seconds may be saved up. */
const SECONDS = { perSecond: 1, burst: 2, mostNames: 100_000 }

export function createSourceLimiter(nowMs: () => number): LimitSource {
  const limiter = createRateLimiter(SECONDS, nowMs)
  return ({ sourceId, settings }, events) => {
    if (settings.eventsPerSecond === null) return { kind: 'allowed' }
    return limiter.take(sourceId, events / settings.eventsPerSecond)
  }
}
