/**
 * The people of the world, by number. Every second one has signed in once and is known by a user id and the anonymous id of
 * a device; the others are visitors, of whom one in fifty was found to be the person before them. The last two of a hundred
 * have said no before anything is measured.
 */
export type Person = { readonly userId: string | null; readonly anonymousId: string }

export function personAt(number: number): Person {
  return { userId: number % 2 === 0 ? `user-${number}` : null, anonymousId: anonymousIdOf(number) }
}

export function firstRefuser(people: number): number {
  return Math.floor(people * 0.98)
}

function anonymousIdOf(number: number): string {
  return `5eed0000-0000-4000-8000-${String(number).padStart(12, '0')}`
}
