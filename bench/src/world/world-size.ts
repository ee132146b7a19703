/** What stands in the database before anything is measured. */
export type WorldSize = {
  readonly people: number
  readonly events: number
  readonly messages: number
  readonly suppressions: number
}

export const FULL_WORLD: WorldSize = {
  people: 1_000_000,
  events: 10_000_000,
  messages: 10_000_000,
  suppressions: 1_000_000,
}

export const QUICK_WORLD: WorldSize = {
  people: 50_000,
  events: 500_000,
  messages: 500_000,
  suppressions: 50_000,
}

export function describeWorld({ people, events, messages, suppressions }: WorldSize): string {
  const count = (number: number) => number.toLocaleString('en')
  return (
    `the database holds ${count(people)} people with ${count(people * 1.5)} identifiers, ${count(events)} events, ` +
    `${count(messages)} message ids and ${count(suppressions)} suppressions`
  )
}
