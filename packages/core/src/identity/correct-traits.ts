import { MOST_TRAITS, type Profile } from './merge-traits.ts'

/** What a person has put right, key by key; null takes the trait away. */
export type TraitChanges = Readonly<Record<string, unknown>>

export type Correction =
  | { readonly kind: 'corrected'; readonly profile: Profile }
  /** A profile keeps no more than so many, and a correction that is silently cut would be none. */
  | { readonly kind: 'too-many-traits'; readonly most: number }

/**
 * Puts traits right at a time later than everything that is known of them, so that no older event wins over it, not even
 * one whose client's clock ran ahead: `at` is raised above what the profile has. What is taken away leaves its time behind,
 * without a value, or the next replay of an old event would bring it back.
 */
export function correctTraits(profile: Profile, changes: TraitChanges, at: number): Correction {
  const corrected = new Map(profile)
  for (const [key, value] of Object.entries(changes))
    corrected.set(key, {
      value: value === null ? undefined : value,
      at: Math.max(at, (profile.get(key)?.at ?? 0) + 1),
    })
  if (corrected.size > MOST_TRAITS && corrected.size > profile.size)
    return { kind: 'too-many-traits', most: MOST_TRAITS }
  return { kind: 'corrected', profile: corrected }
}

/** The newest time at which any of these traits was set in any of these profiles, or 0. */
export function newestTime(profiles: readonly Profile[], changes: TraitChanges): number {
  const times = profiles.flatMap((profile) => Object.keys(changes).map((key) => profile.get(key)?.at ?? 0))
  return times.reduce((newest, time) => Math.max(newest, time), 0)
}
