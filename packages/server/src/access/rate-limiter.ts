export type RateDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }

type Bucket = { tokens: number; filledAtMs: number }

export type RateLimits = {
  /** Tokens that come back in a second. */
  readonly perSecond: number
  /** Most tokens that can be saved up. */
  readonly burst: number
  /** Most names remembered; the one unused for longest is forgotten, which gives it a full bucket again. */
  readonly mostNames: number
}

export type RateLimiter = {
  /** Takes `cost` tokens of that name, or none. A cost above `burst` passes from a full bucket and leaves a debt. */
  readonly take: (name: string, cost?: number) => RateDecision
  /** Is a token there? Takes none. */
  readonly look: (name: string) => RateDecision
}

/** A token bucket a name, in this node's memory only: n nodes allow n times as much, and a restart forgives. */
export function createRateLimiter(limits: RateLimits, nowMs: () => number): RateLimiter {
  const buckets = new Map<string, Bucket>()
  return {
    take(name, cost = 1) {
      const bucket = filled(buckets.get(name), limits, nowMs())
      buckets.delete(name)
      buckets.set(name, bucket)
      forgetOldest(buckets, limits.mostNames)
      const decision = judge(bucket, Math.min(cost, limits.burst), limits)
      if (decision.kind === 'allowed') bucket.tokens -= cost
      return decision
    },
    look(name) {
      return judge(filled(buckets.get(name), limits, nowMs()), 1, limits)
    },
  }
}

function filled(bucket: Bucket | undefined, limits: RateLimits, nowMs: number): Bucket {
  if (bucket === undefined) return { tokens: limits.burst, filledAtMs: nowMs }
  const gained = (Math.max(0, nowMs - bucket.filledAtMs) / 1000) * limits.perSecond
  return { tokens: Math.min(limits.burst, bucket.tokens + gained), filledAtMs: nowMs }
}

function judge(bucket: Bucket, price: number, { perSecond }: RateLimits): RateDecision {
  if (bucket.tokens >= price) return { kind: 'allowed' }
  return { kind: 'limited', retryAfterSeconds: Math.max(1, Math.ceil((price - bucket.tokens) / perSecond)) }
}

/** A Map keeps the order of insertion, and every use inserts anew: the first is the one unused for longest. */
function forgetOldest(buckets: Map<string, Bucket>, most: number): void {
  if (buckets.size <= most) return
  const [oldest] = buckets.keys()
  if (oldest !== undefined) buckets.delete(oldest)
}
