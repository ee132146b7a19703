import { publicId } from '@heed/core'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import type { PersonEntry } from '../journal/journal-entry.ts'
import { type RequestRow, requestsIn } from '../requests/requests.store.ts'
import type { EraseTask } from '../requests/tasks.store.ts'
import { openCause } from '../suppression/suppress-closure.ts'
import type { VersionedDigest } from '../suppression/suppressions.store.ts'
import { erasedPeopleIn, type Moment } from './erased-people.store.ts'
import { type HidingParts, hidePerson } from './hide-person.ts'
import { endOfWindow } from './reversal-window.ts'

export type ErasureParts = HidingParts & { readonly reversalDays: number }

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
  const { task, identifiers } = await hidePerson(tx, parts, {
    ...person,
    fragments,
    recoverableUntil,
    keepsAddresses: true,
    at: moment.at,
  })
  const request = await requestsIn(tx.client, tx.workspaceId).find(person.requestId)
  record(tx, { person, request, task, moment, digests, identifiers })
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

type Recorded = {
  readonly person: PersonToErase
  readonly request: RequestRow | null
  readonly task: EraseTask
  readonly moment: Moment
  readonly digests: readonly VersionedDigest[]
  readonly identifiers: number
}

/** The journal has it before the commit: a backup restored later must not bring the person back. */
function record(tx: LaneTransaction, recorded: Recorded): void {
  const { person, request, task, moment, digests, identifiers } = recorded
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
    taskId: task.taskId,
    subjectId: root,
    fragments: [...task.fragments],
    ...(request === null ? {} : { request: remembered(request) }),
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

function remembered({
  identifierCount,
  suppress,
  jurisdiction,
  submittedAt,
  createdAt,
  dueAt,
}: RequestRow): NonNullable<PersonEntry['request']> {
  return {
    identifierCount,
    suppress,
    jurisdiction,
    submittedAt: submittedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    dueAt: dueAt.toISOString(),
  }
}
