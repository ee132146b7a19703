/** What the test itself knows of one event. Times are `performance.now()`, taken before the call and after its answer. */
export type SentEvent = {
  readonly id: string
  /** Names a device that somebody else uses too, so that their "no" may drop it. */
  readonly isOnSharedDevice: boolean
  readonly isOptOut: boolean
  firstSentAt: number | null
  /** Null until a call that carried it has answered 2xx. */
  lastAnsweredAt: number | null
  /** One an answered call. */
  readonly verdicts: string[]
}

/** Something that was asked for and answered 2xx. It took effect somewhere between the two times. */
export type Act = { readonly askedAt: number; readonly answeredAt: number }

/**
 * The model of one person: everything sent about them, and when they said no and took it back. Whatever identifiers they
 * have are linked in the end, so that every promise about one of them is a promise about all.
 */
export type Person = {
  readonly name: string
  readonly events: SentEvent[]
  readonly noes: Act[]
  readonly lifts: Act[]
}

export function newPerson(name: string): Person {
  return { name, events: [], noes: [], lifts: [] }
}

/** Is it certain that this event arrived while a "no" of its person stood? Then it must not be there. */
export function arrivedAfterNo({ noes, lifts }: Person, { firstSentAt, lastAnsweredAt }: SentEvent): boolean {
  if (firstSentAt === null) return false
  const lastMoment = lastAnsweredAt ?? Number.POSITIVE_INFINITY
  return noes.some(
    (no) =>
      no.answeredAt <= firstSentAt &&
      !lifts.some((lift) => lift.answeredAt > no.askedAt && lift.askedAt < lastMoment),
  )
}

/** Is it certain that no "no" of its person stood at any time while it was on its way? Then it must be there, once. */
export function arrivedUnopposed({ noes, lifts }: Person, event: SentEvent): boolean {
  const { firstSentAt, lastAnsweredAt } = event
  if (firstSentAt === null || lastAnsweredAt === null || event.isOnSharedDevice) return false
  return noes.every(
    (no) =>
      no.askedAt >= lastAnsweredAt ||
      lifts.some((lift) => lift.askedAt >= no.answeredAt && lift.answeredAt <= firstSentAt),
  )
}
