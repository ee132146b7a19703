import { Problem } from '@heed/protocol'

/** What one call has taken from the budget. */
export type Lease = {
  /** Takes that many bytes; where they are not left, the refusal to answer. */
  readonly take: (bytes: number) => Problem | null
  /** Gives everything back; once is enough, twice does no harm. */
  readonly release: () => void
}

/**
 * How many bytes of bodies are held at once, over all calls: the bound on memory under any flood. A body counts from its
 * first byte until its answer has gone, because it or what was made of it is alive as long.
 */
export function createByteBudget(mostBytes: number): () => Lease {
  let left = mostBytes
  return () => {
    let taken = 0
    return {
      take(bytes) {
        if (bytes > left) return overloaded()
        left -= bytes
        taken += bytes
        return null
      },
      release() {
        left += taken
        taken = 0
      },
    }
  }
}

function overloaded(): Problem {
  return new Problem('overloaded', 'Too much is being taken in at once; repeat the call.', { retryAfter: 1 })
}
