import type { AccessExport } from '@heed/protocol'
import type { PersonFacts } from './gather-facts.ts'
import { type Html, html } from './html-text.ts'
import { facts, table, time, written } from './report-page.ts'

/** Who they are here. */
export function profileSections({ profile, identifiers, subject, mentions }: PersonFacts): Html {
  const traits = Object.entries(profile.traits)
  return html`
<h2 id="profile">Profile</h2>
${
  traits.length === 0
    ? html`<p>Nothing is kept in your profile.</p>`
    : facts(traits.map(([name, value]) => [name, written(asText(value))]))
}
${summary(subject.parts)}
<h2 id="identifiers">Identifiers</h2>
${table(
  'What you are recognised by',
  ['Kind', 'Value', 'Vouched for by', 'Since'],
  identifiers.map(({ kind, value, provenance, isNamed, since }) => [
    kind,
    written(value),
    isNamed ? 'named in your request' : VOUCHED[provenance],
    time(since),
  ]),
)}
${mentions === 0 ? null : html`<p>You also named ${counted(mentions, 'identifier')} that somebody else had before you.</p>`}
`
}

const VOUCHED = { client: 'a browser or app', server: 'a server', verified: 'yourself' } as const

function summary(parts: PersonFacts['subject']['parts']): Html | null {
  const rows = parts.flatMap(({ region, firstMonth, lastMonth, lifetimeRevenue, lifecycle }) => [
    ['Region', region],
    ['First month', firstMonth],
    ['Last month', lastMonth],
    ['Revenue', lifetimeRevenue === null ? null : asText(lifetimeRevenue)],
    ['Stage', lifecycle],
  ])
  const known = rows.flatMap(([name, value]): [string, string][] => (name && value ? [[name, value]] : []))
  return known.length === 0 ? null : html`<h3>Kept with it</h3>${facts(known)}`
}

/** What they said no to, what they asked for, and what keeps their data. */
export function choiceSections(person: PersonFacts): Html {
  const { standing, refused } = person
  return html`
<h2 id="choices">What you refused</h2>
<p>${standing.suppressed ? html`Nothing more is collected of you${isEverywhere(standing) ? '' : ', through the sources below,'} since ${time(standing.since)}.` : 'You have not refused to be collected, or took it back.'}
${refused === 0 ? null : `${counted(refused, 'item')} that arrived meanwhile ${refused === 1 ? 'was' : 'were'} not stored.`}</p>
${
  standing.causes.length === 0
    ? null
    : table(
        'Each refusal',
        ['By', 'Where', 'From', 'Until'],
        standing.causes.map(({ kind, scope, from, until }) => [
          CAUSES[kind],
          scope === 'workspace' ? 'everywhere' : html`source <code>${scope}</code>`,
          time(from),
          until === null ? 'still holds' : time(until),
        ]),
      )
}
<h2 id="requests">Your requests</h2>
${requests(person.requests)}
${keeping(person)}
`
}

function isEverywhere({ causes }: PersonFacts['standing']): boolean {
  return causes.some(({ scope, until }) => scope === 'workspace' && until === null)
}

const CAUSES = {
  'opt-out-event': 'opting out on a site or in an app',
  'suppress-request': 'a request not to be collected',
  'erase-request': 'a request to be erased',
  'restrict-request': 'a request to restrict',
} as const

function requests(all: PersonFacts['requests']): Html {
  return table(
    'Requests about you, newest first',
    ['Request', 'Asked for', 'State', 'Opened', 'Outcome'],
    all.map(({ id, type, status, openedAt, outcomes }) => [
      html`<code>${id}</code>`,
      type,
      status,
      time(openedAt),
      outcomes.length === 0 ? '–' : outcomes.join(', '),
    ]),
  )
}

function keeping({ holds, restrictions, exports }: PersonFacts): Html {
  return html`
<h2 id="kept">Holds, restrictions and copies</h2>
<p>${
    holds.length === 0
      ? 'No hold keeps your data.'
      : 'Your data, or part of it, is or was kept for a reason that you may ask for.'
  } ${restrictions.length === 0 ? 'It is not restricted.' : ''}</p>
${
  holds.length === 0
    ? null
    : table(
        'Holds',
        ['From', 'At the latest until', 'Ended'],
        holds.map(({ since, until, releasedAt }) => [time(since), time(until), time(releasedAt)]),
      )
}
${
  restrictions.length === 0
    ? null
    : table(
        'Restrictions: kept and not used',
        ['From', 'Until'],
        restrictions.map(({ since, until }) => [time(since), until === null ? 'still holds' : time(until)]),
      )
}
${
  exports.length === 0
    ? null
    : table(
        'Copies like this one',
        ['Made', 'Downloaded', 'Kept until'],
        exports.map(({ madeAt, downloads, expiresAt }) => [
          time(madeAt),
          counted(downloads, 'time'),
          time(expiresAt),
        ]),
      )
}
`
}

export function leftOutSection({ explanation, parts, identifiers, events }: AccessExport['leftOut']): Html {
  if (explanation === null) return html``
  const rows: [string, string][] = [
    ['Parts of the record', String(parts)],
    ['Identifiers', identifiers.map(({ kind, count }) => `${count} of kind ${kind}`).join(', ') || 'none'],
    ['Events', parts === 0 ? String(events) : `${events}, and those of these parts`],
  ]
  return html`<h2 id="left-out">What was left out</h2><p class="missing">${explanation}</p>${facts(rows)}`
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
