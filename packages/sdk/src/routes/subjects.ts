import { type Listing, listPages } from '../list-pages.ts'
import type { Transport } from '../transport.ts'
import type { FoundSubjects, NamedIdentifier, SubjectPage, TimelineEntry, TimelineQuery } from '../wire.ts'

export type SubjectRoutes = {
  /** Whom an identifier leads to, the owner first. */
  readonly lookup: (identifier: NamedIdentifier) => Promise<FoundSubjects>
  readonly get: (id: string) => Promise<SubjectPage>
  /** What was collected of one person and what they said to it, newest first. */
  readonly timeline: (id: string, query?: TimelineQuery) => Listing<TimelineEntry>
}

export function subjectRoutes(transport: Transport): SubjectRoutes {
  const pathOf = (id: string) => `/api/v1/subjects/${encodeURIComponent(id)}`
  return {
    lookup: (identifier) =>
      transport.json({ method: 'POST', path: '/api/v1/subjects/lookup', body: { identifier } }),
    get: (id) => transport.json({ method: 'GET', path: pathOf(id) }),
    timeline: (id, query = {}) => listPages(transport, `${pathOf(id)}/timeline`, query),
  }
}
