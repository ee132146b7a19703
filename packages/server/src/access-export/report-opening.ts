import type { AccessExport } from '@heed/protocol'
import type { PersonFacts } from './gather-facts.ts'
import { type Html, html } from './html-text.ts'
import { facts, table, time, written } from './report-page.ts'

/** Why and how the data is used: GDPR Art. 15(1). What nobody has configured is said to be missing, not made up. */
export function reportOpening({ about, request, madeAt, subject }: PersonFacts): Html {
  return html`
<p>This is a copy of the personal data that <strong>${written(about.controller)}</strong> keeps about you in Heed, the
system it collects data with. It answers your request for access (GDPR Art. 15). Other systems that data was copied to are
not part of it.</p>
${facts([
  ['Made', time(madeAt)],
  ['Your request', html`<code>${request.id}</code>, opened ${time(request.openedAt)}`],
  ['You in this system', html`<code>${subject.id}</code>`],
  ['Files', html`this report, and <code>data.json</code> with everything for programs to read`],
])}
<h2 id="why">Why and how your data is used</h2>
<h3>Purposes</h3>
${listed(about.purposes, 'No purposes are recorded in Heed. Ask whoever sent you this copy what your data is used for.')}
<h3>Categories of data</h3>
${facts(about.categories.map(({ category, examples }) => [category, examples.join(', ')]))}
<h3>Recipients</h3>
${listed(about.recipients, 'Heed is set up to hand your data to nobody. It does not know whom your data was given to by other ways; ask whoever sent you this copy.')}
${retention(about.retention)}
${sources(about.sources)}
<h3>Automated decisions</h3>
<p>Heed takes no automated decisions about you.</p>
<h3>Your rights</h3>
${facts(about.rights.map(({ right, article, how }) => [`${right} (${article})`, how]))}
`
}

function listed(items: readonly string[], missing: string): Html {
  if (items.length === 0) return html`<p class="missing">${missing}</p>`
  return html`<ul>${items.map((item) => html`<li>${written(item)}</li>`)}</ul>`
}

function retention({ eventsDays, backupDays, exportUntil }: AccessExport['about']['retention']): Html {
  const events =
    eventsDays === null
      ? html`<p class="missing">No period is configured in Heed: your data stays until it is erased.</p>`
      : html`<p>Events are deleted after ${eventsDays} days.</p>`
  const backups =
    backupDays === null
      ? 'How long backups keep a copy after that is not known.'
      : `Backups may keep a copy for ${backupDays} more days.`
  return html`<h3>How long it is kept</h3>${events}<p>${backups} Heed deletes this copy on ${time(exportUntil)}.</p>`
}

const TRUST = {
  client: 'browsers or apps, with a public key',
  server: 'a server, with a secret key',
} as const

function sources(all: AccessExport['about']['sources']): Html {
  if (all.length === 0)
    return html`<h3>Where it comes from</h3><p class="missing">No sources are configured.</p>`
  const rows = all.map(({ name, trust, id }) => [written(name), TRUST[trust], html`<code>${id}</code>`])
  return html`<h3>Where it comes from</h3>${table('Sources that data comes in through', ['Source', 'Sent by', 'Id'], rows)}`
}
