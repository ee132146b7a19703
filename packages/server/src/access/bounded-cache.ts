export type BoundedCache<Value> = {
  readonly get: (name: string) => Value | undefined
  readonly set: (name: string, value: Value) => void
}

/** Values that are forgotten after `freshForMs`, and the oldest of them earlier when there are more than `most`. */
export function createBoundedCache<Value>(limits: {
  readonly most: number
  readonly freshForMs: number
  readonly nowMs: () => number
}): BoundedCache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly until: number }>()
  return {
    get(name) {
      const entry = entries.get(name)
      if (entry !== undefined && entry.until > limits.nowMs()) return entry.value
      entries.delete(name)
      return undefined
    },
    set(name, value) {
      entries.delete(name)
      entries.set(name, { value, until: limits.nowMs() + limits.freshForMs })
      const [oldest] = entries.keys()
      if (entries.size > limits.most && oldest !== undefined) entries.delete(oldest)
    },
  }
}
