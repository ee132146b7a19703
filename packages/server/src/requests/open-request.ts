import { parsePublicId, publicId } from '@heed/core'
import { type NewRequest, Problem } from '@heed/protocol'
import { claimIdempotencyKey } from '../access/claim-idempotency-key.ts'
import type { ExclusiveLane, LaneTransaction } from '../gate/exclusive-lane.ts'
import type { DigestRings } from '../identity/open-digest-ring.ts'
import { liftCauses } from '../suppression/lift-causes.ts'
import { openCause } from '../suppression/suppress-closure.ts'
import { suppressionsIn, type VersionedDigest } from '../suppression/suppressions.store.ts'
import { digestNamed, type NamedDigest, type NamedPeople, namePeople } from './name-people.ts'
import { type RequestRow, requestsIn } from './requests.store.ts'

export type RequestParts = {
  readonly lane: ExclusiveLane
  readonly rings: DigestRings
  readonly now: () => Date
  readonly newId: () => string
}

export type RequestCall = {
  readonly workspaceId: string
  readonly actor: string
  readonly idempotencyKey: string | null
  readonly request: NewRequest
}

/** One month, GDPR Art. 12(3), as the shortest month has it. Suppressions are done at once; this is the outer limit. */
const DUE_AFTER_DAYS = 28
const DAY_MS = 86_400_000

/**
 * Opens a request and, for these two types, carries it out in the same transaction with the gate taken alone: when it has
 * answered, it is effective on every node.
 */
export async function openRequest(
  parts: RequestParts,
  call: RequestCall,
): Promise<{ request: RequestRow; isNew: boolean }> {
  const { workspaceId } = call
  const named = digestNamed(await parts.rings(workspaceId), call.request.subject.identifiers)
  const scopes = scopesOf(call.request)
  return parts.lane.run(workspaceId, async (tx) => {
    const requests = requestsIn(tx.client, workspaceId)
    const requestId = parts.newId()
    const now = parts.now()
    const claim = await claimIdempotencyKey(tx.client, {
      workspaceId,
      key: call.idempotencyKey,
      route: 'POST /api/v1/requests',
      body: call.request,
      resourceId: requestId,
      now,
    })
    if (claim.kind === 'repeat') return { request: await first(requests, claim.resourceId), isNew: false }
    await refuseUnknownSources(tx, scopes)
    await carryOut(tx, call, { requestId, named, scopes })
    const row = settledRow(call, { requestId, now })
    await requests.insert(row, named)
    tell(tx, call, row)
    return { request: row, isNew: true }
  })
}

type Opening = {
  readonly requestId: string
  readonly named: readonly NamedDigest[]
  /** Source ids; empty: the whole workspace. */
  readonly scopes: readonly string[]
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

async function carryOut(tx: LaneTransaction, call: RequestCall, opening: Opening): Promise<void> {
  if (call.request.type === 'suppress') await suppress(tx, call, opening)
  else await unsuppress(tx, call, opening)
}

/** Everybody named gets a cause of their own, so that lifting one person's never lifts another's. */
async function suppress(
  tx: LaneTransaction,
  { actor }: RequestCall,
  { requestId, named, scopes }: Opening,
): Promise<void> {
  const reached = reachedBy(await namePeople(tx.client, tx.workspaceId, named))
  for (const scope of scopes.length > 0 ? scopes : [tx.workspaceId])
    for (const { root, closure } of reached)
      await openCause(tx, closure, {
        cause: tx.newId(),
        kind: 'suppress-request',
        scope,
        subjectId: root,
        sourceId: null,
        requestId,
        actor,
      })
}

type Reached = { readonly root: string | null; readonly closure: readonly VersionedDigest[] }

/** What nobody owns is the one person's who is named beside it; beside several, or nobody, it stands for itself. */
function reachedBy({ people, unowned }: NamedPeople): readonly Reached[] {
  const [person] = people
  if (person !== undefined && people.length === 1)
    return [{ root: person.root, closure: [...person.closure, ...unowned] }]
  return unowned.length > 0 ? [...people, { root: null, closure: unowned }] : people
}

/**
 * Closes the causes that stand against these people: their own, with everything that spread from them. The "no" of another
 * person that reaches a shared identifier stays.
 */
async function unsuppress(tx: LaneTransaction, { actor }: RequestCall, opening: Opening): Promise<void> {
  const { people, unowned } = await namePeople(tx.client, tx.workspaceId, opening.named)
  const closure = [...people.flatMap((person) => person.closure), ...unowned]
  const open = await suppressionsIn(tx.client, tx.workspaceId).openCauses(closure.map(({ digest }) => digest))
  const roots = new Set(people.map(({ root }) => root))
  const lost = await lostCauses(tx, opening.named)
  const own = open.filter(({ root, cause }) => root === null || roots.has(root) || lost.has(cause))
  if (opening.scopes.length > 0 && own.some(({ scope }) => scope === tx.workspaceId))
    throw new Problem(
      'conflict',
      'They are suppressed in the whole workspace; lift that, without scope.sources.',
    )
  if (own.length === 0 && open.length > 0)
    throw new Problem('conflict', foreignNo(open.map(({ cause }) => cause)))
  const isMeant = (scope: string) => opening.scopes.length === 0 || opening.scopes.includes(scope)
  const causes = own.filter(({ scope }) => isMeant(scope)).map(({ cause }) => cause)
  await liftCauses(tx, { causes, actor, requestId: opening.requestId })
}

/** A restored database may not know whose "no" this was; then whoever is named has said it, and nobody they share with. */
async function lostCauses(tx: LaneTransaction, named: readonly NamedDigest[]): Promise<ReadonlySet<string>> {
  const open = await suppressionsIn(tx.client, tx.workspaceId).openCauses(named.map(({ digest }) => digest))
  return new Set(open.filter(({ isLost }) => isLost).map(({ cause }) => cause))
}

/** Answering `settled` would say that they are collected again. */
function foreignNo(causes: readonly string[]): string {
  const ids = causes.slice(0, 10).map((cause) => publicId('cau', cause))
  return `What stands against this identifier is the "no" of somebody else who used it (${ids.join(', ')}); lift that person's.`
}

function settledRow(
  { request, actor }: RequestCall,
  { requestId, now }: { requestId: string; now: Date },
): RequestRow {
  return {
    requestId,
    type: request.type,
    status: 'settled',
    scope: request.scope.sources === undefined ? {} : { sources: request.scope.sources },
    reason: request.reason ?? null,
    identifierCount: request.subject.identifiers.length,
    actor,
    createdAt: now,
    dueAt: new Date(now.getTime() + DUE_AFTER_DAYS * DAY_MS),
    settledAt: now,
  }
}

function tell(tx: LaneTransaction, { workspaceId, actor }: RequestCall, row: RequestRow): void {
  const requestId = publicId('req', row.requestId)
  const base = { workspaceId, occurredAt: row.createdAt, actor, subjectId: null }
  const opened = {
    requestId,
    type: row.type,
    identifierCount: row.identifierCount,
    dueAt: row.dueAt.toISOString(),
  }
  tx.tell([
    { ...base, outboxId: tx.newId(), kind: 'request-opened', body: opened },
    { ...base, outboxId: tx.newId(), kind: 'request-settled', body: { requestId, type: row.type } },
  ])
}

async function first(requests: ReturnType<typeof requestsIn>, requestId: string): Promise<RequestRow> {
  const row = await requests.find(requestId)
  if (row === null) throw new Problem('conflict', 'The request of this Idempotency-Key is no longer there.')
  return row
}
