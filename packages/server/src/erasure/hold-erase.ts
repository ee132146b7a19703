import { publicId } from '@heed/core'
import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import { holdsIn } from '../holds/holds.store.ts'
import { subjectsIn } from '../identity/subjects.store.ts'
import { type EraseTask, tasksOf } from '../requests/tasks.store.ts'
import { restrictionsIn } from '../restrictions/restrictions.store.ts'
import { openCause } from '../suppression/suppress-closure.ts'
import { type ErasureParts, erasePerson, type PersonToErase } from './erase-person.ts'
import { erasedPeopleIn } from './erased-people.store.ts'

/** Erases the person, or, where a hold says that their data must be kept, waits until the last one has ended. */
export async function eraseOrHold(
  tx: LaneTransaction,
  parts: ErasureParts,
  person: PersonToErase,
): Promise<EraseTask> {
  const until = await heldUntil(tx, person.root)
  return until === null ? erasePerson(tx, parts, person) : holdErase(tx, person, until)
}

/** When the last hold on the person ends; null where none stands. */
export async function heldUntil(tx: LaneTransaction, root: string): Promise<Date | null> {
  const fragments = await subjectsIn(tx.client, tx.workspaceId).fragments([root])
  const [last] = await holdsIn(tx.client, tx.workspaceId).openOf(fragments, tx.now())
  return last?.until ?? null
}

/** What is there stays, and is neither added to nor looked at: whoever asked to be erased is not collected meanwhile. */
async function holdErase(tx: LaneTransaction, person: PersonToErase, until: Date): Promise<EraseTask> {
  const { requestId, root, actor, unowned } = person
  const subjects = subjectsIn(tx.client, tx.workspaceId)
  const people = erasedPeopleIn(tx.client, tx.workspaceId)
  const { at } = await people.moment()
  await openCause(tx, [...(await subjects.closure([root])), ...unowned], {
    cause: tx.newId(),
    kind: 'erase-request',
    scope: tx.workspaceId,
    subjectId: root,
    sourceId: null,
    requestId,
    actor,
  })
  const fragments = await subjects.fragments([root])
  await restrictionsIn(tx.client, tx.workspaceId).open({ fragments, requestId, since: at })
  const task = waitingTask(person, { fragments, dueAt: until, at })
  await tasksOf(tx.client, tx.workspaceId).write(task)
  tellHeld(tx, { requestId, taskId: task.taskId, root, actor, until, at })
  return task
}

type Held = {
  readonly requestId: string
  readonly taskId: string
  readonly root: string
  readonly actor: string
  readonly until: Date
  readonly at: Date
}

function tellHeld(tx: LaneTransaction, held: Held): void {
  tx.tell([
    {
      workspaceId: tx.workspaceId,
      outboxId: tx.newId(),
      kind: 'erase-held',
      occurredAt: held.at,
      actor: held.actor,
      subjectId: held.root,
      body: {
        requestId: publicId('req', held.requestId),
        taskId: publicId('tsk', held.taskId),
        until: held.until.toISOString(),
      },
    },
  ])
}

/** A task that has not begun. `fragments`: of the person as somebody has seen them; `dueAt` null: until somebody approves. */
export function waitingTask(
  { requestId, taskId, root }: Pick<PersonToErase, 'requestId' | 'taskId' | 'root'>,
  { fragments, dueAt, at }: { fragments: readonly string[]; dueAt: Date | null; at: Date },
): EraseTask {
  return {
    requestId,
    taskId,
    subjectId: root,
    state: 'held',
    outcome: null,
    fragments,
    keyIds: [],
    recoverableUntil: null,
    dueAt,
    createdAt: at,
    settledAt: null,
  }
}
