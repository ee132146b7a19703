import type { Provenance } from '../identity/identifier.ts'

/** A user id of the person, and the part (fragment) of them that owns it. */
export type OwnedUserId = {
  readonly digest: string
  readonly fragment: string
  readonly provenance: Provenance
}

type Ties = {
  /** In the order they were claimed. */
  readonly userIds: readonly OwnedUserId[]
  readonly merges: readonly {
    readonly absorbed: string
    readonly root: string
    readonly provenance: Provenance
  }[]
}

/**
 * Does this person have a user id that only a public key has tied to what was named? With such a key anybody can say that
 * two user ids are one, so an erase of the one must not take the other along without somebody looking.
 *
 * The first user id of a part is that part; a later one belongs to it as far as whoever said so is believed. Where no user
 * id was named, all of the person's must hang together by what servers and the person said.
 */
export function reachesOtherUserId({ userIds, merges }: Ties, named: ReadonlySet<string>): boolean {
  const placeOf = places(userIds)
  const groupOf = together(merges)
  const groups = new Map(userIds.map(({ digest }) => [digest, groupOf(placeOf(digest))]))
  const meant = new Set(
    userIds.filter(({ digest }) => named.has(digest)).map(({ digest }) => groups.get(digest)),
  )
  const all = new Set(groups.values())
  return meant.size === 0 ? all.size > 1 : [...all].some((group) => !meant.has(group))
}

/** A user id's place: its part, or itself where only a public key has put it beside another one. */
function places(userIds: readonly OwnedUserId[]): (digest: string) => string {
  const seen = new Set<string>()
  const byDigest = new Map<string, string>()
  for (const { digest, fragment, provenance } of userIds) {
    byDigest.set(digest, seen.has(fragment) && provenance === 'client' ? digest : fragment)
    seen.add(fragment)
  }
  return (digest) => byDigest.get(digest) ?? digest
}

/** Names the group of parts that believed merges have made one. */
function together(merges: Ties['merges']): (place: string) => string {
  const parents = new Map<string, string>()
  const top = (place: string): string => {
    let at = place
    for (let next = parents.get(at); next !== undefined; next = parents.get(at)) at = next
    return at
  }
  for (const { absorbed, root, provenance } of merges) {
    const [one, other] = [top(absorbed), top(root)]
    if (provenance !== 'client' && one !== other) parents.set(one, other)
  }
  return top
}
