import type { AccessExport } from '@heed/protocol'
import type { ExportParts } from './export-parts.ts'
import type { ReachedPerson } from './find-reach.ts'
import type { PersonFacts } from './gather-facts.ts'
import { type OpenedEvent, readEvents } from './read-events.ts'
import { readPurchases } from './read-purchases.ts'

/** How many of each there were; filled while the lists are written. */
export type Tally = { events: number; purchases: number; leftOutEvents: number }

/** `data.json`, piece by piece: never more than a page of a list is in memory. @throws PersonIsGone */
export async function* writeData(
  parts: ExportParts,
  {
    person,
    facts,
    tally,
  }: { readonly person: ReachedPerson; readonly facts: PersonFacts; readonly tally: Tally },
): AsyncGenerator<string> {
  yield `${JSON.stringify(facts).slice(0, -1)},\n"purchases":[`
  for await (const page of readPurchases(parts, person)) {
    if (page.length > 0)
      yield listed(
        page.map((purchase) => JSON.stringify(purchase)),
        tally.purchases,
      )
    tally.purchases += page.length
  }
  yield '],\n"events":['
  for await (const { events, leftOut } of readEvents(parts, person)) {
    if (events.length > 0) yield listed(events.map(eventText), tally.events)
    tally.events += events.length
    tally.leftOutEvents += leftOut
  }
  const counts: AccessExport['counts'] = { purchases: tally.purchases, events: tally.events }
  yield `],\n"counts":${JSON.stringify(counts)},\n"leftOut":${JSON.stringify(describeLeftOut(person, tally))}}\n`
}

function listed(items: readonly string[], before: number): string {
  return `${before === 0 ? '\n' : ',\n'}${items.join(',\n')}`
}

function eventText({ clear, content }: OpenedEvent): string {
  return `${JSON.stringify(clear).slice(0, -1)},"content":${content}}`
}

export function describeLeftOut(
  { leftOut: { parts, kinds } }: ReachedPerson,
  { leftOutEvents }: Tally,
): AccessExport['leftOut'] {
  const isNothing = parts === 0 && kinds.size === 0 && leftOutEvents === 0
  return {
    explanation: isNothing ? null : LEFT_OUT,
    parts,
    identifiers: Array.from(kinds, ([kind, count]) => ({ kind, count })),
    events: leftOutEvents,
  }
}

const LEFT_OUT =
  'Some of what is stored with you was joined to what this request named only by data from a public key, as browsers and ' +
  'apps send it. Anybody could have sent that, so it may be somebody else’s and is left out. If it is yours, ask again and ' +
  'name those identifiers too, such as the id your browser or app keeps, and show that they are yours.'
