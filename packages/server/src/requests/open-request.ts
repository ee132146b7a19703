import { parsePublicId, publicId } from '@heed/core'
import { type NewRequest, Problem } from '@heed/protocol'
import { claimIdempotencyKey } from '../access/claim-idempotency-key.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { dueAtOf } from './due-at.ts'
import { digestNamed } from './name-people.ts'
import type { Opening, RequestCall, RequestParts } from './opening.ts'
import { REQUEST_TYPES } from './request-types.ts'
import { type RequestRow, requestsIn } from './requests.store.ts'

/**
 * Opens a request and carries it out, or begins to, in the same transaction with the gate taken alone: when it has answered,
 * what it says is effective on every node.
 */
export async function openRequest(
  parts: RequestParts,
  call: RequestCall,
): Promise<{ request: RequestRow; isNew: boolean }> {
  const { workspaceId, request } = call
  refuseForeignMembers(request)
  const openedAt = parts.now()
  const opening: Opening = {
    call,
    parts,
    requestId: parts.newId(),
    named: digestNamed(await parts.rings(workspaceId), request.subject.identifiers),
    scopes: scopesOf(request),
    openedAt,
    dueAt: dueAtOf(request, openedAt),
  }
  return parts.lane.run(workspaceId, (tx) => openIn(tx, opening))
}

async function openIn(
  tx: LaneTransaction,
  opening: Opening,
): Promise<{ request: RequestRow; isNew: boolean }> {
  const { call, requestId } = opening
  const claim = await claimIdempotencyKey(tx.client, {
    workspaceId: tx.workspaceId,
    key: call.idempotencyKey,
    route: 'POST /api/v1/requests',
    body: call.request,
    resourceId: requestId,
    now: opening.openedAt,
  })
  const requests = requestsIn(tx.client, tx.workspaceId)
  if (claim.kind === 'repeat') return { request: await found(requests, claim.resourceId), isNew: false }
  await refuseUnknownSources(tx, opening.scopes)
  await requests.insert(rowOf(opening), opening.named)
  tellOpened(tx, opening)
  const status = await REQUEST_TYPES[call.request.type].carryOut(tx, opening)
  await requests.advance(requestId, { status, at: opening.openedAt })
  if (status === 'settled') tellSettled(tx, opening)
  return { request: await found(requests, requestId), isNew: true }
}

/** What a type does not take would be ignored, and the caller believe it done. */
function refuseForeignMembers(request: NewRequest): void {
  const takes: readonly string[] = ['type', 'subject', 'reason', ...REQUEST_TYPES[request.type].takes]
  const isEmpty = (value: unknown) => value === undefined || JSON.stringify(value) === '{}'
  const foreign = Object.entries(request).find(([name, value]) => !takes.includes(name) && !isEmpty(value))
  if (foreign !== undefined)
    throw new Problem('invalid-body', `A request of type ${request.type} does not take ${foreign[0]}.`)
}

function scopesOf({ scope }: NewRequest): string[] {
  return (scope.sources ?? []).map((source) => {
    const sourceId = parsePublicId('src', source)
    if (sourceId === null) throw new Problem('invalid-body', 'scope.sources takes ids that begin with src_.')
    return sourceId
  })
}

async function refuseUnknownSources(tx: LaneTransaction, scopes: readonly string[]): Promise<void> {
  const known = await requestsIn(tx.client, tx.workspaceId).sourcesOf(scopes)
  if (scopes.some((scope) => !known.has(scope)))
    throw new Problem('not-found', 'scope.sources names a source that this workspace does not have.')
}

function rowOf({ call, requestId, openedAt, dueAt }: Opening): RequestRow {
  const { request, actor } = call
  return {
    requestId,
    type: request.type,
    status: 'received',
    scope: request.scope.sources === undefined ? {} : { sources: request.scope.sources },
    reason: request.reason ?? null,
    identifierCount: request.subject.identifiers.length,
    actor,
    suppress: request.suppress ?? true,
    jurisdiction: request.jurisdiction ?? null,
    planHash: request.planHash === undefined ? null : Buffer.from(request.planHash, 'hex'),
    holdDestinations: request.holdDestinations ?? false,
    submittedAt: request.submittedAt === undefined ? null : new Date(request.submittedAt),
    createdAt: openedAt,
    dueAt,
    settledAt: null,
  }
}

function tellOpened(tx: LaneTransaction, { call, requestId, openedAt, dueAt }: Opening): void {
  const { request } = call
  tx.tell([
    {
      ...factBase(tx, call, openedAt),
      kind: 'request-opened',
      body: {
        requestId: publicId('req', requestId),
        type: request.type,
        identifierCount: request.subject.identifiers.length,
        dueAt: dueAt.toISOString(),
      },
    },
  ])
}

function tellSettled(tx: LaneTransaction, { call, requestId, openedAt }: Opening): void {
  const body = { requestId: publicId('req', requestId), type: call.request.type }
  tx.tell([{ ...factBase(tx, call, openedAt), kind: 'request-settled', body }])
}

function factBase(tx: LaneTransaction, { actor }: RequestCall, occurredAt: Date) {
  return { workspaceId: tx.workspaceId, outboxId: tx.newId(), occurredAt, actor, subjectId: null }
}

async function found(requests: ReturnType<typeof requestsIn>, requestId: string): Promise<RequestRow> {
  const row = await requests.find(requestId)
  if (row === null) throw new Problem('conflict', 'The request of this Idempotency-Key is no longer there.')
  return row
}
