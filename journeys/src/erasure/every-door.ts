import type { Heed } from '../boot/boot-heed.ts'
import type { Place } from '../traces/read-everything.ts'
import { type Secrets, secretsIn } from '../traces/secrets.ts'

/** What each door answers, by a name to speak of it. */
export type Told = { readonly [door: string]: string }

const QUERY = 'select customer_user_id, event_name from cooladata where date_range (last 7 days)'

/** Asks every door that could tell of a person, under each identifier and by their id. */
export async function askEveryDoor(heed: Heed, secrets: Secrets, subjectId: string): Promise<Told> {
  const told: Record<string, string> = {}
  for (const [door, ask] of Object.entries(doorsOf(secrets, subjectId))) told[door] = await ask(heed)
  return told
}

/** Those through which a person who is there can be read. */
export const DOORS_THAT_SHOW_PEOPLE = [
  'subject',
  'timeline',
  'events',
  'their events',
  'query',
  'query as CSV',
]

/** The doors through which something of the person can be read. */
export function doorsThatTell(told: Told, secrets: Secrets): readonly string[] {
  return Object.keys(told).filter((door) => secretsIn(told[door] ?? '', secrets).length > 0)
}

/** Those of the places that hold something of the person. */
export function placesThatTell(places: readonly Place[], secrets: Secrets): readonly string[] {
  return places.filter(({ text }) => secretsIn(text, secrets).length > 0).map(({ where }) => where)
}

type Ask = (heed: Heed) => Promise<string>

function doorsOf(secrets: Secrets, subjectId: string): Readonly<Record<string, Ask>> {
  const subject = { identifiers: [{ kind: 'userId', value: secrets.userId }] }
  const query = (format: string) => post('/api/v1/query', { query: QUERY, format })
  return {
    ...ofEachIdentifier(secrets),
    subject: get(`/api/v1/subjects/${subjectId}`),
    timeline: get(`/api/v1/subjects/${subjectId}/timeline?limit=500`),
    holds: get(`/api/v1/subjects/${subjectId}/holds`),
    events: get('/api/v1/events?limit=1000'),
    'their events': get(`/api/v1/events?subject=${subjectId}&limit=1000`),
    query: query('json'),
    'query as CSV': query('csv'),
    preview: post('/api/v1/erasure-previews', { subject }),
    ...Object.fromEntries(LISTS.map((path) => [path, get(path)])),
  }
}

const LISTS = [
  '/api/v1/requests',
  '/api/v1/suppressions',
  '/api/v1/drops',
  '/api/v1/audit/entries?limit=1000',
  '/api/v1/reports/revenue',
  '/api/v1/reports/funnel',
  '/api/v1/reports/lifecycle',
  '/metrics',
]

function ofEachIdentifier(secrets: Secrets): Record<string, Ask> {
  const doors: Record<string, Ask> = {}
  for (const kind of ['userId', 'anonymousId', 'email', 'phone'] as const) {
    const identifier = { kind, value: secrets[kind] }
    doors[`look-up by ${kind}`] = post('/api/v1/subjects/lookup', { identifier })
    doors[`explain ${kind}`] = post('/api/v1/explain', { identifier })
  }
  return doors
}

const get =
  (path: string): Ask =>
  async (heed) =>
    (await heed.call(path)).text()

const post =
  (path: string, body: object): Ask =>
  async (heed) => {
    const headers = { 'content-type': 'application/json' }
    return (await heed.call(path, { method: 'POST', headers, body: JSON.stringify(body) })).text()
  }

/** What the shop counts, byte for byte; one after the other, since a node makes two at once. */
export async function reportsOf(heed: Heed): Promise<readonly string[]> {
  const reports: string[] = []
  for (const name of ['revenue', 'funnel', 'lifecycle'])
    reports.push(await (await heed.call(`/api/v1/reports/${name}`)).text())
  return reports
}
