/** What the events of the benchmark say, in shares of all of them; the rest are of people the workspace knows. */
export const MIX = {
  newPerson: 0.01,
  link: 0.01,
  optOut: 0.001,
  suppressedPerson: 0.02,
} as const

/** Four of five events come from one person in five, as traffic does. */
export const ACTIVE = { share: 0.8, people: 0.2 } as const

export type Saying = keyof typeof MIX | 'known'

export const EVENTS_PER_CALL = 100
export const EVENT_BYTES = 1_024

/** @param chance from 0 to below 1 */
export function sayingOf(chance: number): Saying {
  let left = chance
  for (const saying of SAYINGS) {
    left -= MIX[saying]
    if (left < 0) return saying
  }
  return 'known'
}

const SAYINGS = ['newPerson', 'link', 'optOut', 'suppressedPerson'] as const

export function describeMix(): string {
  const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`
  return (
    `${percent(MIX.newPerson)} new people, ${percent(MIX.link)} links (half a known user on a new device, half a visitor who signs in), ` +
    `${percent(MIX.optOut)} opt-outs, ${percent(MIX.suppressedPerson)} suppressed people, the rest known people ` +
    `(${percent(ACTIVE.share)} of the events from ${percent(ACTIVE.people)} of them)`
  )
}
