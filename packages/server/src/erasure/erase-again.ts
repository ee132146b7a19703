import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { PersonEntry } from '../journal/journal-entry.ts'
import { dueAtOf } from '../requests/due-at.ts'
import { followTasks } from '../requests/follow-tasks.ts'
import { type RequestRow, requestsIn } from '../requests/requests.store.ts'
import { tasksOf } from '../requests/tasks.store.ts'
import { erasedPeopleIn } from './erased-people.store.ts'
import { type HidingParts, hidePerson } from './hide-person.ts'
import { keyEndsIn } from './key-ends.store.ts'
import { type RestoredPerson, replayedPeopleIn } from './replayed-people.store.ts'
import { RESTORE } from './restore-actor.ts'

export type ErasedEntry = PersonEntry & {
  readonly requestId: string
  /** They were destroyed before the database was lost. */
  readonly areKeysGone: boolean
}

/**
 * A backup holds somebody who was erased after it was made: they are erased again, as far as they had been. Their time to
 * reverse ends when it would have; when it is over their keys go at once, and nobody is told any more whom this was about.
 * Work then scrubs and looks again as after any erase. Answers how many people it found: merges made since are not in the
 * backup, so one person may be several, each with a task of their own.
 */
export async function eraseAgain(
  tx: LaneTransaction,
  parts: HidingParts,
  entry: ErasedEntry,
): Promise<number> {
  const { requestId, keyIds } = entry
  const restored = replayedPeopleIn(tx.client, tx.workspaceId)
  if (await restored.knowsErase(requestId, keyIds)) return 0
  const request = await requestOf(tx, entry)
  const found = await restored.withKeys(keyIds, entry.fragments ?? [])
  await restored.part(found)
  const people = await restored.people(found)
  const { at: now } = await erasedPeopleIn(tx.client, tx.workspaceId).moment()
  const recoverableUntil = new Date(entry.destroyAfter ?? entry.at)
  const isOver = entry.areKeysGone || recoverableUntil <= now
  const hiding = {
    entry,
    request,
    recoverableUntil: isOver && recoverableUntil > now ? now : recoverableUntil,
  }
  for (const person of people) await hide(tx, parts, { ...hiding, person, people, isOver })
  if (people.length === 0) await leaveTask(tx, hiding)
  if (isOver) await destroyKeys(tx, entry)
  await followTasks(tx, { request, actor: RESTORE })
  return people.length
}

/** The request as the backup has it, or as much of it as the journal knows. */
async function requestOf(tx: LaneTransaction, entry: ErasedEntry): Promise<RequestRow> {
  const requests = requestsIn(tx.client, tx.workspaceId)
  const known = await requests.find(entry.requestId)
  if (known !== null) return known
  const { submittedAt, createdAt, dueAt, ...said } = entry.request ?? guessed(entry)
  const row: RequestRow = {
    ...said,
    requestId: entry.requestId,
    type: 'erase',
    status: 'waiting',
    scope: {},
    reason: null,
    actor: RESTORE,
    planHash: null,
    holdDestinations: false,
    submittedAt: submittedAt === null ? null : new Date(submittedAt),
    createdAt: new Date(createdAt),
    dueAt: new Date(dueAt),
    settledAt: null,
  }
  await requests.insert(row, [])
  return row
}

/** Written by a version that did not say more. */
function guessed({ at }: ErasedEntry): NonNullable<PersonEntry['request']> {
  return {
    identifierCount: 0,
    suppress: true,
    jurisdiction: null,
    submittedAt: null,
    createdAt: at,
    dueAt: dueAtOf({}, new Date(at)).toISOString(),
  }
}

type Hiding = {
  readonly entry: ErasedEntry
  readonly request: RequestRow
  readonly recoverableUntil: Date
}

type HidingOne = Hiding & {
  readonly person: RestoredPerson
  readonly people: readonly RestoredPerson[]
  readonly isOver: boolean
}

async function hide(
  tx: LaneTransaction,
  parts: HidingParts,
  { entry, request, recoverableUntil, person, people, isOver }: HidingOne,
): Promise<void> {
  const { requestId, dueAt } = request
  await hidePerson(tx, parts, {
    requestId,
    taskId: isFirst(person, people, entry) ? (entry.taskId ?? tx.newId()) : tx.newId(),
    ...person,
    recoverableUntil,
    keepsAddresses: !isOver,
    dueAt,
    at: new Date(entry.at),
  })
}

/** One of them goes on with the task that the erase had: who has the person's own id, or else the first. */
function isFirst(
  person: RestoredPerson,
  people: readonly RestoredPerson[],
  { subjectId }: ErasedEntry,
): boolean {
  const own = people.find(({ fragments }) => subjectId !== undefined && fragments.includes(subjectId))
  return person === (own ?? people[0])
}

/** Nothing of them is in the backup. Work looks for it all the same, and says so. */
async function leaveTask(tx: LaneTransaction, { entry, request, recoverableUntil }: Hiding): Promise<void> {
  await tasksOf(tx.client, tx.workspaceId).write({
    requestId: request.requestId,
    taskId: entry.taskId ?? tx.newId(),
    subjectId: null,
    state: 'window',
    outcome: 'accepted',
    fragments: entry.fragments ?? [],
    keyIds: entry.keyIds,
    recoverableUntil,
    dueAt: recoverableUntil,
    createdAt: new Date(entry.at),
    settledAt: null,
  })
}

async function destroyKeys(tx: LaneTransaction, { requestId, keyIds }: ErasedEntry): Promise<void> {
  const ends = keyEndsIn(tx.client)
  await ends.destroyEscrow({ workspaceId: tx.workspaceId, requestId, keyIds })
  await ends.noteRemoval()
}
