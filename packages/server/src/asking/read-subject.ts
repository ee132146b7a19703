import { publicId } from '@heed/core'
import type { SubjectPage } from '@heed/protocol'
import { restrictionsIn } from '../restrictions/restrictions.store.ts'
import type { Asker, Asking } from './asking.ts'
import { causesIn } from './causes.store.ts'
import { describeStanding } from './describe-cause.ts'
import { eventsIn } from './events.store.ts'
import { findPerson, type Person } from './find-person.ts'
import { recordAccess } from './record-access.ts'
import { revealPerson } from './reveal-person.ts'
import { subjectViewsIn } from './subject-views.store.ts'

/** Everything known of one person on one page. An erased person's page says only that, and how they stand. */
export async function readSubject(asking: Asking, asker: Asker, subject: string): Promise<SubjectPage> {
  const person = await findPerson(asking, asker.workspaceId, subject)
  const page = await pageOf(asking, asker, person)
  await recordAccess(asking, asker, { rows: 1, subjectId: person.root })
  return page
}

async function pageOf(asking: Asking, asker: Asker, person: Person): Promise<SubjectPage> {
  const { pool } = asking
  const { workspaceId } = asker
  const identifiers = await subjectViewsIn(pool).identifiers(workspaceId, person.fragmentIds)
  const digests = identifiers.map(({ digest }) => digest)
  const causes = await causesIn(pool).covering(workspaceId, { digests, subjects: person.fragmentIds })
  const about = {
    id: publicId('sub', person.root),
    restricted: (await restrictionsIn(pool, workspaceId).among([person.root])).has(person.root),
    standing: describeStanding(workspaceId, causes),
    dataDeletedAt: person.dataDeletedAt?.toISOString() ?? null,
  }
  const nothing = { identifiers: [], traits: {}, firstSeenAt: null, lastSeenAt: null }
  if (about.restricted && !asker.mayReadRestricted) return { ...about, ...nothing, createdAt: null }
  const createdAt = person.createdAt.toISOString()
  if (person.dataDeletedAt !== null) return { ...about, ...nothing, createdAt }
  const { first, last } = await eventsIn(pool).seen(workspaceId, person.fragmentIds)
  const profiles = await subjectViewsIn(pool).profiles(workspaceId, person.fragmentIds)
  const revealed = await revealPerson(asking.keys, workspaceId, { identifiers, profiles })
  const seen = { firstSeenAt: first?.toISOString() ?? null, lastSeenAt: last?.toISOString() ?? null }
  return { ...about, createdAt, ...revealed, ...seen }
}
