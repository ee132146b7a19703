import { InvariantViolation, publicId } from '@heed/core'
import { type ExportLink, type ExportState, Problem } from '@heed/protocol'
import type pg from 'pg'
import { appendToOutbox } from '../audit/outbox.store.ts'
import { requestsIn } from '../requests/requests.store.ts'
import { isHidden } from '../restrictions/hide-restricted.ts'
import { inTransaction } from '../store/transaction.ts'
import type { ExportParts } from './export-parts.ts'
import { type ExportRow, exportsIn } from './exports.store.ts'
import { linkDigest, newLinkToken } from './link-token.ts'
import { reachIn } from './reach.store.ts'

export type OfferingParts = Pick<ExportParts, 'pool' | 'now' | 'newId'> & {
  readonly random: (size: number) => Buffer
}

type Offering = {
  readonly workspaceId: string
  readonly actor: string
  readonly requestId: string
  readonly expiresInHours: number
  readonly mayReadRestricted: boolean
  /** Where people reach this server. */
  readonly base: string
}

const HOUR_MS = 3_600_000

/** A link to the export of a request; the one before stops working. Whoever asks must see that it reaches the person only. */
export async function offerDownload(parts: OfferingParts, offering: Offering): Promise<ExportLink> {
  const { workspaceId, requestId, expiresInHours } = offering
  const now = parts.now()
  const token = newLinkToken(parts.random)
  const digest = linkDigest(token)
  if (digest === null) throw new InvariantViolation('a link token does not look like one')
  const expiresAt = await inTransaction(parts.pool, async (client) => {
    const exports = exportsIn(client, workspaceId)
    const row = await exports.ofRequest(requestId)
    if (row === null || row.state !== 'ready' || row.expiresAt <= now)
      throw await notReady({ client, offering, row })
    if (!(await exports.isWhole(row))) throw new Problem('not-found', NOBODY)
    await refuseRestricted(client, offering, row)
    const wanted = now.getTime() + expiresInHours * HOUR_MS
    const until = new Date(Math.min(wanted, row.expiresAt.getTime()))
    await exports.setLink(row.exportId, { digest, expiresAt: until })
    await appendToOutbox(client, [
      {
        workspaceId,
        outboxId: parts.newId(),
        kind: 'export-link-made',
        occurredAt: now,
        actor: offering.actor,
        subjectId: row.subjectId,
        body: { requestId: publicId('req', requestId), expiresAt: until.toISOString() },
      },
    ])
    return until
  })
  return { url: `${offering.base.replace(/\/+$/, '')}/exports/${token}`, expiresAt: expiresAt.toISOString() }
}

async function refuseRestricted(
  client: pg.ClientBase,
  { workspaceId, mayReadRestricted }: Offering,
  { subjectId }: ExportRow,
): Promise<void> {
  const root = await reachIn(client, workspaceId).rootOf(subjectId)
  if (await isHidden(client, { workspaceId, mayReadRestricted }, root))
    throw new Problem(
      'forbidden',
      'This person’s data is restricted: handing it out needs the scope privacy:read.',
    )
}

type NotReady = {
  readonly client: pg.ClientBase
  readonly offering: Offering
  readonly row: ExportRow | null
}

async function notReady({ client, offering, row }: NotReady): Promise<Problem> {
  const { state } = await stateOf(client, offering, row)
  if (state === 'making')
    return new Problem('conflict', 'The export is still being made; try again.', { retryAfter: 2 })
  return new Problem('not-found', state === 'gone' ? 'The export was kept long enough and is gone.' : NOBODY)
}

const NOBODY = 'There is nobody to hand anything to: never known by what was named, or erased.'

/** How far the export of a request is. @throws Problem not-found where the request is no request for access */
export async function describeExport(
  { pool, now }: Pick<OfferingParts, 'pool' | 'now'>,
  asked: { readonly workspaceId: string; readonly requestId: string },
): Promise<ExportState> {
  const row = await exportsIn(pool, asked.workspaceId).ofRequest(asked.requestId)
  const { state, isErased } = await stateOf(pool, asked, row)
  const isThere = row !== null && !isErased
  const isOpen = row?.linkExpiresAt !== null && row !== null && row.linkExpiresAt > now()
  return {
    state,
    bytes: isThere ? Number(row.bytes) : 0,
    downloads: row?.downloads ?? 0,
    linkExpiresAt: isOpen ? (row.linkExpiresAt?.toISOString() ?? null) : null,
    expiresAt: isThere ? row.expiresAt.toISOString() : null,
  }
}

async function stateOf(
  db: Pick<pg.Pool, 'query'>,
  { workspaceId, requestId }: { readonly workspaceId: string; readonly requestId: string },
  row: ExportRow | null,
): Promise<{ readonly state: ExportState['state']; readonly isErased: boolean }> {
  if (row !== null) {
    const isErased = row.state === 'ready' && !(await exportsIn(db, workspaceId).isWhole(row))
    return { state: isErased ? 'not-found' : row.state, isErased }
  }
  const request = await requestsIn(db, workspaceId).find(requestId)
  if (request?.type !== 'access')
    throw new Problem('not-found', 'This workspace has no such request for access.')
  return { state: request.status === 'settled' ? 'not-found' : 'making', isErased: false }
}
