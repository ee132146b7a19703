import { publicId } from '@heed/core'
import { type NewHold, Problem } from '@heed/protocol'
import { claimIdempotencyKey } from '../access/claim-idempotency-key.ts'
import type { ExclusiveLane, LaneTransaction } from '../gate/exclusive-lane.ts'
import type { KeyStore, SealPlace, SubjectKey, WrappedKey } from '../keys/key-store.ts'
import { seal } from '../keys/seal.ts'
import { holdsIn } from './holds.store.ts'
import { type PersonToHold, personToHold } from './person-to-hold.store.ts'

export type HoldParts = {
  readonly lane: ExclusiveLane
  readonly keyStore: KeyStore
  readonly now: () => Date
  readonly newId: () => string
}

export type HoldCall = {
  readonly workspaceId: string
  readonly actor: string
  readonly idempotencyKey: string | null
  /** Bare UUID of the person, or of a part of them. */
  readonly subjectId: string
  readonly hold: NewHold
}

/**
 * Keeps a person's data until a day: an erase that is asked for meanwhile waits. With the gate taken alone, so that an erase
 * either sees the hold or was there first. A repeat with the same Idempotency-Key answers the first one's hold.
 */
export async function placeHold(
  parts: HoldParts,
  call: HoldCall,
): Promise<{ readonly holdId: string; readonly isNew: boolean }> {
  const { workspaceId, subjectId } = call
  const until = untilOf(call.hold, parts.now())
  return parts.lane.run(workspaceId, async (tx) => {
    const holdId = parts.newId()
    const claim = await claimIdempotencyKey(tx.client, {
      workspaceId,
      key: call.idempotencyKey,
      route: 'POST /api/v1/subjects/:id/holds',
      body: { subjectId, ...call.hold },
      resourceId: holdId,
      now: parts.now(),
    })
    if (claim.kind === 'repeat') return { holdId: claim.resourceId, isNew: false }
    const person = await personToHold(tx.client, workspaceId, subjectId)
    if (person === null) throw new Problem('not-found', 'This workspace has no subject with this id.')
    await refuseCrowd(tx, person)
    const key = await parts.keyStore.unwrap(workspaceId, keyToSealUnder(person))
    await insertHold(tx, call, { holdId, until, root: person.root, key })
    return { holdId, isNew: true }
  })
}

/** The calendar's, so that ten years from a leap day are ten years. */
const MOST_YEARS = 10

function untilOf({ until }: NewHold, now: Date): Date {
  const end = new Date(until)
  const latest = new Date(now)
  latest.setUTCFullYear(latest.getUTCFullYear() + MOST_YEARS)
  if (end <= now) throw new Problem('invalid-body', 'until has already passed.')
  if (end > latest)
    throw new Problem('invalid-body', 'until lies more than ten years ahead; place another hold by then.')
  return end
}

/**
 * What is gone cannot be kept, and a hold is no way around an erase that somebody was told of: whoever must keep the data
 * takes the erase back first, which leaves its own trace and receipt.
 */
function keyToSealUnder({ dataDeletedAt, key, reversible }: PersonToHold): WrappedKey {
  if (reversible !== null)
    throw new Problem(
      'conflict',
      `This person was erased. Until ${reversible.until.toISOString()} it can be taken back: ` +
        `POST /api/v1/requests/${publicId('req', reversible.requestId)}/reverse, then place the hold.`,
    )
  if (dataDeletedAt !== null || key === null)
    throw new Problem(
      'conflict',
      'This person was erased and it cannot be taken back; nothing is left to keep.',
    )
  return key
}

/** Every erase reads them all with the gate taken alone. */
const MOST_OPEN = 100

async function refuseCrowd(tx: LaneTransaction, { fragments }: PersonToHold): Promise<void> {
  const open = await holdsIn(tx.client, tx.workspaceId).openOf(fragments, tx.now())
  if (open.length >= MOST_OPEN)
    throw new Problem('conflict', `${MOST_OPEN} holds stand for this person already; release one first.`)
}

type Placing = {
  readonly holdId: string
  readonly until: Date
  readonly root: string
  readonly key: SubjectKey
}

async function insertHold(
  tx: LaneTransaction,
  { workspaceId, actor, hold }: HoldCall,
  { holdId, until, root, key }: Placing,
): Promise<void> {
  const { keyId } = key
  const createdAt = tx.now()
  const sealed = seal(key.key, holdPlace({ workspaceId, keyId, holdId }), hold.reason)
  const row = { holdId, subjectId: root, keyId, sealed, until, createdAt, createdBy: actor }
  await holdsIn(tx.client, workspaceId).insert(row)
  tx.tell([
    {
      workspaceId,
      outboxId: tx.newId(),
      kind: 'hold-placed',
      occurredAt: createdAt,
      actor,
      subjectId: root,
      body: { holdId: publicId('hld', holdId), until: until.toISOString() },
    },
  ])
}

/** Where a hold's reason is sealed to. */
export function holdPlace({
  workspaceId,
  keyId,
  holdId,
}: {
  readonly workspaceId: string
  readonly keyId: string
  readonly holdId: string
}): SealPlace {
  return { workspaceId, keyId, table: 'hold', rowId: holdId }
}
