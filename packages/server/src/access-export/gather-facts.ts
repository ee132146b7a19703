import { InvariantViolation, publicId } from '@heed/core'
import { ACCESS_EXPORT_VERSION, type AccessExport } from '@heed/protocol'
import { causesIn } from '../asking/causes.store.ts'
import { describeStanding } from '../asking/describe-cause.ts'
import { dropsIn } from '../asking/drops.store.ts'
import { revealPerson } from '../asking/reveal-person.ts'
import { subjectViewsIn } from '../asking/subject-views.store.ts'
import { aboutProcessing } from './about-processing.ts'
import type { ExportParts } from './export-parts.ts'
import type { ReachedPerson } from './find-reach.ts'
import { type PartRow, personRowsIn } from './person-rows.store.ts'

/** Everything of an export but its long lists. */
export type PersonFacts = Omit<AccessExport, 'purchases' | 'events' | 'counts' | 'leftOut'>

type Asked = { readonly root: string; readonly expiresAt: Date }

export async function gatherFacts(
  parts: ExportParts,
  person: ReachedPerson,
  { root, expiresAt }: Asked,
): Promise<PersonFacts> {
  const { workspaceId, requestId, ownFragments } = person
  const rows = personRowsIn(parts.pool, workspaceId)
  const request = await rows.request(requestId)
  if (request === null) throw new InvariantViolation(`request ${requestId} of a task is not there`)
  return {
    format: 'heed-access-export',
    version: ACCESS_EXPORT_VERSION,
    madeAt: parts.now().toISOString(),
    request: {
      id: publicId('req', requestId),
      openedAt: request.openedAt.toISOString(),
      identifierCount: request.identifierCount,
    },
    about: aboutProcessing({
      controller: await rows.controller(),
      sources: await rows.sources(),
      backupRetentionDays: parts.backupRetentionDays,
      expiresAt,
    }),
    subject: {
      id: publicId('sub', root),
      parts: (await rows.parts(ownFragments)).map(asPart),
      links: (await rows.links(ownFragments)).map(({ link_id, provenance, created_at }) => ({
        id: publicId('lnk', link_id),
        provenance,
        since: created_at.toISOString(),
      })),
    },
    profile: await profileOf(parts, person),
    identifiers: person.identifiers.map(({ row, value }) => ({
      kind: row.kind,
      value,
      provenance: row.provenance,
      isNamed: row.is_named,
      since: row.created_at.toISOString(),
    })),
    ...(await whatTheyRefused(parts, person)),
    ...(await whatWasDone(parts, person)),
  }
}

function asPart(row: PartRow): PersonFacts['subject']['parts'][number] {
  return {
    id: publicId('sub', row.subject_id),
    createdAt: row.created_at.toISOString(),
    region: row.region,
    firstMonth: row.first_month,
    lastMonth: row.last_month,
    lifetimeRevenue: row.lifetime_revenue === null ? null : { ...row.lifetime_revenue },
    lifecycle: row.lifecycle,
  }
}

async function profileOf(
  { pool, keys }: ExportParts,
  { workspaceId, ownFragments }: ReachedPerson,
): Promise<PersonFacts['profile']> {
  const profiles = await subjectViewsIn(pool).profiles(workspaceId, ownFragments)
  const { traits } = await revealPerson(keys, workspaceId, { identifiers: [], profiles })
  const updatedAt = await personRowsIn(pool, workspaceId).profileUpdatedAt(ownFragments)
  return { traits, updatedAt: updatedAt?.toISOString() ?? null }
}

async function whatTheyRefused(
  { pool }: ExportParts,
  { workspaceId, identifiers, ownFragments }: ReachedPerson,
): Promise<Pick<PersonFacts, 'mentions' | 'standing' | 'refused'>> {
  const digests = identifiers.map(({ row }) => row.digest)
  const causes = await causesIn(pool).covering(workspaceId, { digests, subjects: ownFragments })
  return {
    mentions: await personRowsIn(pool, workspaceId).mentions(ownFragments),
    standing: describeStanding(workspaceId, causes),
    refused: await dropsIn(pool).countFor(workspaceId, digests, []),
  }
}

async function whatWasDone(
  { pool }: ExportParts,
  { workspaceId, identifiers, ownFragments }: ReachedPerson,
): Promise<Pick<PersonFacts, 'requests' | 'restrictions' | 'holds' | 'exports'>> {
  const rows = personRowsIn(pool, workspaceId)
  const digests = identifiers.map(({ row }) => row.digest)
  const requests = await rows.requests(digests, ownFragments)
  const restrictions = await rows.restrictions(ownFragments)
  const holds = await rows.holds(ownFragments)
  const exports = await rows.exports(ownFragments)
  return {
    requests: requests.map((row) => ({
      id: publicId('req', row.request_id),
      type: row.type,
      status: row.status,
      openedAt: row.created_at.toISOString(),
      dueAt: row.due_at.toISOString(),
      settledAt: row.settled_at?.toISOString() ?? null,
      outcomes: [...row.outcomes],
    })),
    restrictions: restrictions.map(({ since, until_at }) => ({
      since: since.toISOString(),
      until: until_at?.toISOString() ?? null,
    })),
    holds: holds.map((row) => ({
      id: publicId('hld', row.hold_id),
      since: row.created_at.toISOString(),
      until: row.until_at.toISOString(),
      releasedAt: row.released_at?.toISOString() ?? null,
    })),
    exports: exports.map((row) => ({
      requestId: publicId('req', row.request_id),
      madeAt: row.created_at.toISOString(),
      downloads: row.downloads,
      expiresAt: row.expires_at.toISOString(),
    })),
  }
}
