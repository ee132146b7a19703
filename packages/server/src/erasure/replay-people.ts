import type { Fact } from '../audit/fact.ts'
import { appendToOutbox } from '../audit/outbox.store.ts'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { suppressedEntries } from '../gate/journal-entries.ts'
import type { DigestRings } from '../identity/open-digest-ring.ts'
import type { Journal } from '../journal/journal.ts'
import type { PersonEntry } from '../journal/journal-entry.ts'
import type { PeopleReplay, ReplayPeople } from '../journal/replay-journal.ts'
import { followTasks } from '../requests/follow-tasks.ts'
import { requestsIn } from '../requests/requests.store.ts'
import { tasksOf } from '../requests/tasks.store.ts'
import type { Transaction } from '../store/transaction.ts'
import { type SuppressionRow, suppressionsIn } from '../suppression/suppressions.store.ts'
import { eraseAgain } from './erase-again.ts'
import { escrowIn } from './escrow.store.ts'
import type { HidingParts } from './hide-person.ts'
import { keyEndsIn } from './key-ends.store.ts'
import { replayedPeopleIn } from './replayed-people.store.ts'
import { RESTORE } from './restore-actor.ts'
import { reverseErasure } from './reverse-erasure.ts'

export type ReplayParts = HidingParts & {
  readonly rings: DigestRings
  readonly journal: Pick<Journal, 'append'>
  readonly now: () => Date
  readonly newId: () => string
}

/**
 * Makes true again what happened to people's data after a backup was made, in the order in which it happened: who was erased
 * is erased, whose erase was reversed is back, and keys that were destroyed are gone. What was erased and reversed after the
 * backup was made is as the backup has it. Doing it again changes nothing more.
 */
export function replayPeople(parts: ReplayParts): ReplayPeople {
  return async (client, workspaceId, entries) => {
    const told: Told = { facts: [], rows: [] }
    const tx = transactionOf(parts, { client, workspaceId, told })
    const counts = { erased: 0, reversed: 0, destroyed: 0 }
    const byRequest = Map.groupBy(entries, ({ requestId }) => requestId)
    for (const entry of entries)
      await replayOne(tx, parts, { entry, siblings: byRequest.get(entry.requestId) ?? [], counts })
    await appendToOutbox(client, told.facts)
    await journalRows(tx, parts, told.rows)
    return counts
  }
}

type Told = { readonly facts: Fact[]; readonly rows: SuppressionRow[] }

/** The journal has every entry that is replayed; only suppressions that come to be now are new to it. */
function transactionOf(
  { newId, now }: ReplayParts,
  { client, workspaceId, told }: { client: Transaction; workspaceId: string; told: Told },
): LaneTransaction {
  return {
    client,
    workspaceId,
    newId,
    now,
    keepNo: (rows) => told.rows.push(...rows),
    keepEntry: () => {},
    keepLift: () => {},
    tell: (facts) => told.facts.push(...facts),
  }
}

type Replayed = {
  readonly entry: PersonEntry
  /** All of its request. */
  readonly siblings: readonly PersonEntry[]
  readonly counts: { -readonly [Count in keyof PeopleReplay]: number }
}

async function replayOne(
  tx: LaneTransaction,
  parts: ReplayParts,
  { entry, siblings, counts }: Replayed,
): Promise<void> {
  const { requestId } = entry
  if (requestId === null) return
  const later = siblings.filter((other) => other.seq > entry.seq && sharesKeys(other, entry))
  const isUndone = later.some(({ kind }) => kind === 'reversed')
  const of = { ...entry, requestId }
  if (entry.kind === 'reversed') counts.reversed += await reverseAgain(tx, parts, of)
  if (entry.kind === 'key-destroyed' && !isUndone) counts.destroyed += await destroyAgain(tx, of)
  if (entry.kind === 'erased' && !isUndone) {
    const areKeysGone = later.some(({ kind }) => kind === 'key-destroyed')
    counts.erased += await eraseAgain(tx, parts, { ...of, areKeysGone })
  }
}

/** A request may be about several people; their keys tell them apart. */
function sharesKeys(one: PersonEntry, other: PersonEntry): boolean {
  return one.keyIds.some((keyId) => other.keyIds.includes(keyId))
}

type OfRequest = PersonEntry & { readonly requestId: string }

/** The backup holds the erase and not its end. Keys that readers use again are those of a reverse, and stay. */
async function destroyAgain(tx: LaneTransaction, { requestId, keyIds }: OfRequest): Promise<number> {
  const ends = keyEndsIn(tx.client)
  const { workspaceId } = tx
  await ends.lockEscrow({ workspaceId, requestId })
  const gone = await ends.destroyEscrow({ workspaceId, requestId, keyIds })
  if (gone.keyIds.length === 0) return 0
  await replayedPeopleIn(tx.client, workspaceId).endWindows(requestId, keyIds)
  await ends.noteRemoval()
  return gone.keyIds.length
}

/** What the reverse lifted is in entries of its own. Answers how many people are back. */
async function reverseAgain(
  tx: LaneTransaction,
  parts: ReplayParts,
  { requestId, keyIds }: OfRequest,
): Promise<number> {
  const escrow = escrowIn(tx.client, tx.workspaceId)
  await escrow.keepKeks()
  const locked = (await escrow.lock(requestId)).filter((keyId) => keyIds.includes(keyId))
  const all = await tasksOf(tx.client, tx.workspaceId).lock(requestId)
  const erased = all.filter(
    (task) => task.state === 'window' && task.keyIds.some((keyId) => locked.includes(keyId)),
  )
  const request = await requestsIn(tx.client, tx.workspaceId).find(requestId)
  if (erased.length === 0 || request === null) return 0
  await reverseErasure(tx, parts, {
    requestId,
    tasks: [...erased, ...all.filter(({ state }) => state === 'held')],
    keyIds: locked,
    ring: await parts.rings(tx.workspaceId),
    actor: RESTORE,
    keepsSuppressed: true,
  })
  await followTasks(tx, { request, actor: RESTORE })
  return erased.length
}

/** Whoever has come to use an identifier of a person who is back became one with them: what spread by that is new. */
async function journalRows(
  { client, workspaceId }: LaneTransaction,
  { journal }: ReplayParts,
  rows: readonly SuppressionRow[],
): Promise<void> {
  if (rows.length === 0) return
  const ids = [...new Set(rows.map(({ cause }) => cause))]
  const causes = await suppressionsIn(client, workspaceId).causes(ids)
  await journal.append(suppressedEntries(workspaceId, rows, causes))
}
