export type RecentSet = {
  readonly add: (name: string) => void
  readonly has: (name: string) => boolean
  readonly forget: (name: string) => void
}

/** A set of bounded size that forgets what was added longest ago. */
export function createRecentSet(most: number): RecentSet {
  const names = new Set<string>()
  return {
    add(name) {
      names.delete(name)
      names.add(name)
      const [oldest] = names
      if (names.size > most && oldest !== undefined) names.delete(oldest)
    },
    has: (name) => names.has(name),
    forget: (name) => {
      names.delete(name)
    },
  }
}
