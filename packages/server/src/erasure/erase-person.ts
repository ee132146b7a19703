import { publicId } from '@heed/core'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { KeyStore, SubjectKey } from '../keys/key-store.ts'
import { noteLifecycle } from '../reports/note-lifecycle.ts'
import { type EraseTask, tasksOf } from '../requests/tasks.store.ts'
import { openCause } from '../suppression/suppress-closure.ts'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'
import { openAddressBook, writeAddresses } from './address-book.ts'
import { addressOf } from './address-of.ts'
import { erasedPeopleIn, type IdentifierRow, type Moment } from './erased-people.store.ts'
import { escrowIn } from './escrow.store.ts'

export type ErasureParts = {
  readonly keyStore: Pick<KeyStore, 'load' | 'reload' | 'mint' | 'unwrap'>
  readonly reversalDays: number
}

export type PersonToErase = {
  readonly requestId: string
  /** The task that waited for this, or a fresh id. */
  readonly taskId: string
  /** Of the person as they are now; everything that was merged into it goes along. */
  readonly root: string
  /** Named beside the person, and nobody's. */
  readonly unowned: readonly VersionedDigest[]
  readonly actor: string
  /** False: only what lies before this moment stays blocked. */
  readonly suppress: boolean
  readonly dueAt: Date
}

/** A vendor, or the person, may have to be asked once more before the due date. */
const DAYS_BEFORE_DUE = 3
const DAY_MS = 86_400_000

/**
 * From the commit of this on nobody can read what is stored of the person: their keys are put away, and nothing leads to
 * them any more. What it costs does not depend on how much that is: no row of an event is touched, the scrub does that
 * after the time in which the erase can be reversed.
 *
 * With the gate taken alone, so a batch of events has either committed before, or finds the identifiers gone.
 */
export async function erasePerson(
  tx: LaneTransaction,
  parts: ErasureParts,
  person: PersonToErase,
): Promise<EraseTask> {
  const fragments = await subjectsIn(tx.client, tx.workspaceId).fragments([person.root])
  const people = erasedPeopleIn(tx.client, tx.workspaceId)
  const moment = await people.moment()
  const digests = await suppressClosure(tx, person, moment)
  const recoverableUntil = endOfWindow(moment.at, person.dueAt, parts.reversalDays)
  await loadWorkspaceKeys(tx, parts.keyStore)
  await noteLifecycle(tx.client, tx.workspaceId, fragments)
  const identifiers = await people.takeIdentifiers(fragments)
  const escrow = { requestId: person.requestId, fragments, destroyAfter: recoverableUntil }
  const wrapped = await escrowIn(tx.client, tx.workspaceId).putAway(escrow)
  const keys = await Promise.all(wrapped.map((row) => parts.keyStore.unwrap(tx.workspaceId, row)))
  await keepAddresses(tx, parts, { person, identifiers, keys, now: moment.at })
  await people.mark(fragments, moment.at)
  await people.endRestrictions(person.requestId, fragments, moment.at)
  const task = windowTask(person, {
    fragments,
    keyIds: wrapped.map(({ keyId }) => keyId),
    recoverableUntil,
    moment,
  })
  await tasksOf(tx.client, tx.workspaceId).write(task)
  record(tx, { person, task, moment, digests, identifiers: identifiers.length })
  return task
}

/** The cause of its own stands beside one that a held request opened: whoever joined the person since then is covered, too. */
async function suppressClosure(
  tx: LaneTransaction,
  { root, unowned, requestId, actor, suppress }: PersonToErase,
  { at }: Moment,
): Promise<readonly VersionedDigest[]> {
  const digests = [...(await subjectsIn(tx.client, tx.workspaceId).closure([root])), ...unowned]
  await openCause(tx, digests, {
    cause: tx.newId(),
    kind: 'erase-request',
    scope: tx.workspaceId,
    subjectId: root,
    sourceId: null,
    requestId,
    actor,
    ...(suppress ? {} : { clientBefore: at }),
  })
  return digests
}

/** Days that are left to the due date are not spent on the time to reverse; when there are none, there is no such time. */
function endOfWindow(at: Date, dueAt: Date, reversalDays: number): Date {
  const longest = at.getTime() + reversalDays * DAY_MS
  const latest = dueAt.getTime() - DAYS_BEFORE_DUE * DAY_MS
  return new Date(Math.max(at.getTime(), Math.min(longest, latest)))
}

/** Once their versions are kept, no rotation can retire one before the commit; what this node has in memory may be older. */
async function loadWorkspaceKeys(tx: LaneTransaction, keyStore: ErasureParts['keyStore']): Promise<void> {
  const versions = await escrowIn(tx.client, tx.workspaceId).keepKeks()
  const keys = await keyStore.load(tx.workspaceId)
  if (!versions.includes(keys.kekVersion)) await keyStore.reload(tx.workspaceId)
}

type Keeping = {
  readonly person: PersonToErase
  readonly identifiers: readonly IdentifierRow[]
  readonly keys: readonly SubjectKey[]
  readonly now: Date
}

async function keepAddresses(
  tx: LaneTransaction,
  { keyStore }: ErasureParts,
  { person, identifiers, keys, now }: Keeping,
): Promise<void> {
  const { requestId, dueAt } = person
  const request = { workspaceId: tx.workspaceId, requestId, dueAt, now }
  const book = await openAddressBook(tx.client, keyStore, request)
  const byId = new Map(keys.map((key) => [key.keyId, key]))
  const addresses = identifiers.map((row) => ({
    addressId: tx.newId(),
    content: addressOf(tx.workspaceId, row, byId),
  }))
  await writeAddresses(tx.client, book, { kind: 'identifier', addresses })
}

type Erased = {
  readonly fragments: readonly string[]
  readonly keyIds: readonly string[]
  readonly recoverableUntil: Date
  readonly moment: Moment
}

function windowTask(
  { requestId, taskId, root }: PersonToErase,
  { fragments, keyIds, recoverableUntil, moment }: Erased,
): EraseTask {
  return {
    requestId,
    taskId,
    subjectId: root,
    state: 'window',
    outcome: 'accepted',
    fragments,
    keyIds,
    recoverableUntil,
    dueAt: recoverableUntil,
    createdAt: moment.at,
    settledAt: null,
  }
}

type Recorded = {
  readonly person: PersonToErase
  readonly task: EraseTask
  readonly moment: Moment
  readonly digests: readonly VersionedDigest[]
  readonly identifiers: number
}

/** The journal has it before the commit: a backup restored later must not bring the person back. */
function record(tx: LaneTransaction, { person, task, moment, digests, identifiers }: Recorded): void {
  const { requestId, root, actor } = person
  const recoverableUntil = task.recoverableUntil?.toISOString() ?? null
  tx.keepEntry({
    kind: 'erased',
    workspaceId: tx.workspaceId,
    seq: moment.seq,
    at: moment.at.toISOString(),
    digests: [...new Set(digests.map(({ digest }) => digest.toString('hex')))],
    scope: null,
    cause: null,
    requestId,
    keyIds: [...task.keyIds],
    destroyAfter: recoverableUntil,
  })
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'person-erased',
      occurredAt: moment.at,
      actor,
      subjectId: root,
      body: {
        requestId: publicId('req', requestId),
        taskId: publicId('tsk', task.taskId),
        fragments: task.fragments.length,
        identifiers,
        recoverableUntil,
      },
    },
  ])
}
