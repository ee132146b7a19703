/** A profile's traits, each with the client time (ms since 1970) it was last set at. A value that is undefined was taken away. */
export type Profile = ReadonlyMap<string, { readonly value: unknown; readonly at: number }>

/** Beyond this many a profile keeps what it has: traits are attributes of a person, not a log. */
export const MOST_TRAITS = 1_000

/** Newest client time wins, key by key; at the same time the greater JSON text does, so that order never matters. */
export function mergeTraits(
  profile: Profile,
  traits: Readonly<Record<string, unknown>>,
  at: number,
): Profile {
  const merged = new Map(profile)
  for (const [key, value] of Object.entries(traits)) {
    const known = merged.get(key)
    if (known === undefined ? merged.size < MOST_TRAITS : isNewer({ value, at }, known))
      merged.set(key, { value, at })
  }
  return merged
}

type Trait = { readonly value: unknown; readonly at: number }

function isNewer(candidate: Trait, known: Trait): boolean {
  if (candidate.at !== known.at) return candidate.at > known.at
  return String(JSON.stringify(candidate.value)) > String(JSON.stringify(known.value))
}
