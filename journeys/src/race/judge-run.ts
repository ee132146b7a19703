import { arrivedAfterNo, arrivedUnopposed, type Person, type SentEvent } from './ledger.ts'
import type { Stored } from './stored.ts'

/** Everything of a run that must not be, by the id of the message. A good run has empty lists. */
export type Faults = {
  readonly afterNo: readonly string[]
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  /** Opt-out events that nobody had forestalled and that are not there, or not as the last of their person. */
  readonly optOutsLost: readonly string[]
}

export function judgeRun(people: readonly Person[], stored: Stored): Faults {
  const copiesOf = ({ id }: SentEvent) => stored.copies.get(id) ?? 0
  const faulty = (isFault: (person: Person, event: SentEvent) => boolean) =>
    people.flatMap((person) => person.events.filter((event) => isFault(person, event)).map(({ id }) => id))
  return {
    afterNo: faulty((person, event) => copiesOf(event) > 0 && arrivedAfterNo(person, event)),
    lost: faulty((person, event) => copiesOf(event) === 0 && arrivedUnopposed(person, event)),
    twice: faulty((_, event) => copiesOf(event) > 1),
    optOutsLost: optOutsLost(people, stored),
  }
}

/** Of those who said no once and for all, by one event: it is stored, and is the last that is. */
function optOutsLost(people: readonly Person[], stored: Stored): string[] {
  const place = new Map(stored.inOrder.map((id, at) => [id, at]))
  return people.flatMap(({ events, noes, lifts }) => {
    const said = events.filter(({ isOptOut }) => isOptOut)
    const [optOut] = said
    if (optOut === undefined || said.length > 1 || noes.length > 1 || lifts.length > 0) return []
    const last = Math.max(
      ...events.filter((one) => !one.isOnSharedDevice).map(({ id }) => place.get(id) ?? -1),
    )
    return place.get(optOut.id) === last ? [] : [optOut.id]
  })
}

/** How many messages were refused when they first got through, which is when a refusal is counted. */
export function countRefused(people: readonly Person[]): number {
  const isRefused = ({ verdicts }: SentEvent) =>
    verdicts.some((verdict) => verdict.endsWith('suppressed')) && !verdicts.includes('stored')
  return people.reduce((sum, { events }) => sum + events.filter(isRefused).length, 0)
}

/** Messages that were stored once and are gone: taken away by a late link. */
export function countSwept(people: readonly Person[], { copies }: Stored): number {
  const isSwept = ({ id, verdicts }: SentEvent) => verdicts.includes('stored') && !copies.has(id)
  return people.reduce((sum, { events }) => sum + events.filter(isSwept).length, 0)
}
