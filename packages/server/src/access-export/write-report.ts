import type { ExportParts } from './export-parts.ts'
import type { ReachedPerson } from './find-reach.ts'
import type { PersonFacts } from './gather-facts.ts'
import { type Html, html } from './html-text.ts'
import { type OpenedEvent, readEvents } from './read-events.ts'
import { type Purchase, readPurchases } from './read-purchases.ts'
import { reportOpening } from './report-opening.ts'
import { PAGE_END, pageStart, TABLE_END, tableRow, tableStart, time, written } from './report-page.ts'
import { choiceSections, counted, leftOutSection, profileSections } from './report-sections.ts'
import { describeLeftOut, type Tally } from './write-data.ts'

/** More than this makes a page that browsers are slow with and nobody reads; the rest is in data.json. */
const MOST_LISTED = 1000
const LONGEST_CONTENT = 4000

type Reporting = {
  readonly person: ReachedPerson
  readonly facts: PersonFacts
  /** Of `data.json`, which is written before. */
  readonly tally: Tally
}

/** `report.html`, piece by piece. @throws PersonIsGone */
export async function* writeReport(parts: ExportParts, reporting: Reporting): AsyncGenerator<string> {
  const { facts, person, tally } = reporting
  const leftOut = describeLeftOut(person, tally)
  const contents =
    leftOut.explanation === null ? CONTENTS : [...CONTENTS, { id: 'left-out', title: 'Left out' }]
  yield text(
    pageStart(`Your data at ${facts.about.controller}`, contents),
    reportOpening(facts),
    profileSections(facts),
  )
  yield* events(parts, reporting)
  yield* purchases(parts, reporting)
  yield text(choiceSections(facts), leftOutSection(leftOut), PAGE_END)
}

const CONTENTS = [
  { id: 'why', title: 'Why and how' },
  { id: 'profile', title: 'Profile' },
  { id: 'identifiers', title: 'Identifiers' },
  { id: 'events', title: 'Events' },
  { id: 'purchases', title: 'Purchases' },
  { id: 'choices', title: 'What you refused' },
  { id: 'requests', title: 'Requests' },
  { id: 'kept', title: 'Holds and copies' },
]

function text(...parts: readonly Html[]): string {
  return parts.map((part) => part.html).join('')
}

async function* events(parts: ExportParts, { person, facts, tally }: Reporting): AsyncGenerator<string> {
  yield text(html`<h2 id="events">Events</h2>${howMany(tally.events, 'event', 'newest')}`)
  if (tally.events === 0) return
  const sources = new Map(facts.about.sources.map(({ id, name }) => [id, name]))
  yield text(tableStart('Events, newest first', ['Time', 'Event', 'Source', 'What was sent with it']))
  let listed = 0
  for await (const page of readEvents(parts, person)) {
    const shown = page.events.slice(0, MOST_LISTED - listed)
    yield text(...shown.map((event) => eventRow(event, sources)))
    listed += shown.length
    if (listed >= MOST_LISTED) break
  }
  yield text(TABLE_END)
}

function howMany(total: number, what: string, which: string): Html {
  if (total === 0) return html`<p>There are no ${what}s.</p>`
  if (total <= MOST_LISTED)
    return html`<p>${total === 1 ? 'One' : 'All'} ${total === 1 ? what : counted(total, what)}.</p>`
  const rest = (total - MOST_LISTED).toLocaleString('en')
  return html`<p>The ${which} ${counted(MOST_LISTED, what)}. The other ${rest} are in <code>data.json</code>, which has all of them.</p>`
}

function eventRow({ clear: event, content }: OpenedEvent, sources: ReadonlyMap<string, string>): Html {
  const amount = event.revenue === null ? '' : `${event.revenue} ${event.currency ?? ''}`.trim()
  const clear = [event.campaign === null ? '' : `campaign ${event.campaign}`, amount].filter(
    (part) => part !== '',
  )
  return tableRow([
    time(event.eventAt),
    html`${event.name === null ? event.type : written(event.name)}${clear.map((part) => html`<br>${written(part)}`)}`,
    written(sources.get(event.sourceId) ?? event.sourceId),
    contentOf(content),
  ])
}

function contentOf(content: string | null): Html {
  if (content === null) return html`nothing`
  const whole = JSON.stringify(JSON.parse(content), null, 2)
  const isCut = whole.length > LONGEST_CONTENT
  const note = isCut ? html`<p>Longer than is shown here; all of it is in data.json.</p>` : null
  const shown = isCut ? whole.slice(0, LONGEST_CONTENT).toWellFormed() : whole
  return html`<details><summary>Details</summary><pre dir="auto">${shown}</pre>${note}</details>`
}

async function* purchases(parts: ExportParts, { person, tally }: Reporting): AsyncGenerator<string> {
  yield text(html`<h2 id="purchases">Purchases</h2>${howMany(tally.purchases, 'purchase', 'first')}`)
  if (tally.purchases === 0) return
  yield text(tableStart('Orders and refunds', ['Time', 'Kind', 'Order', 'Amount']))
  let listed = 0
  for await (const page of readPurchases(parts, person)) {
    const shown = page.slice(0, MOST_LISTED - listed)
    yield text(...shown.map(purchaseRow))
    listed += shown.length
    if (listed >= MOST_LISTED) break
  }
  yield text(TABLE_END)
}

function purchaseRow({ at, kind, orderId, amount, currency }: Purchase): Html {
  return tableRow([
    time(at),
    kind,
    written(orderId ?? '–'),
    html`<span class="number">${amount} ${currency ?? ''}</span>`,
  ])
}
