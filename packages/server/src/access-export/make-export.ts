import { publicId } from '@heed/core'
import type { Fact } from '../audit/fact.ts'
import { appendToOutbox } from '../audit/outbox.store.ts'
import type { SubjectKey } from '../keys/key-store.ts'
import type { Transaction } from '../store/transaction.ts'
import type { Claims } from '../work/claim-tasks.ts'
import { type Task, tasksIn } from '../work/tasks.store.ts'
import { accessTasksIn } from './access-tasks.store.ts'
import { EXPORT_DAYS, type ExportParts } from './export-parts.ts'
import { exportsIn } from './exports.store.ts'
import { findReach, type ReachedPerson } from './find-reach.ts'
import { gatherFacts } from './gather-facts.ts'
import { PersonIsGone } from './person-is-gone.ts'
import { piecesOf, sealChunk } from './seal-chunks.ts'
import { type Tally, writeData } from './write-data.ts'
import { writeReport } from './write-report.ts'
import { zipEntries } from './zip-entries.ts'

export type MakingParts = ExportParts & {
  readonly claims: Pick<Claims, 'step'>
  /** Told to stop, it leaves what it has; the next one begins anew. */
  readonly signal?: AbortSignal
  /** After an outcome was committed. */
  readonly issueReceipts: (workspaceId: string, requestId: string) => Promise<unknown>
}

const DAY_MS = 86_400_000

/**
 * Makes the export of a task in state `making`, piece by piece, each piece in a transaction that proves that the task is
 * still this worker's and that every key of the person is still there. Killed anywhere it is begun anew, and what the
 * attempt before has left is thrown away. A person who is erased meanwhile leaves nothing behind: outcome `not-found`.
 */
export async function makeExport(parts: MakingParts, task: Task): Promise<null> {
  await attempt(parts, task).catch(async (cause: unknown) => {
    if (!(cause instanceof PersonIsGone)) throw cause
    await settleWithout(parts, task)
  })
  await parts.issueReceipts(task.workspaceId, task.requestId)
  return null
}

async function attempt(parts: MakingParts, task: Task): Promise<void> {
  const { workspaceId, requestId, subjectId } = task
  if (subjectId === null) throw new PersonIsGone()
  const person = await findReach(parts, { workspaceId, requestId, subjectId })
  const key = (await parts.keys.open(workspaceId, [person.sealedUnder.keyId])).get(person.sealedUnder.keyId)
  if (key === undefined) throw new PersonIsGone()

  const madeAt = parts.now()
  const expiresAt = new Date(madeAt.getTime() + EXPORT_DAYS * DAY_MS)
  const making: Making = { person, key, root: subjectId, exportId: parts.newId(), madeAt, expiresAt }
  if (await begin(parts, task, making)) await fill(parts, task, making)
}

type Making = {
  readonly person: ReachedPerson
  readonly key: SubjectKey
  readonly root: string
  readonly exportId: string
  readonly madeAt: Date
  readonly expiresAt: Date
}

/** Answers whether the task is still this worker's. */
async function begin(parts: MakingParts, task: Task, making: Making): Promise<boolean> {
  const { person, exportId, expiresAt, madeAt } = making
  const isBegun = await parts.claims.step(task, async (client, { state }) => {
    if (state !== 'making') return false
    const exports = exportsIn(client, task.workspaceId)
    await exports.discardUnfinished(task.taskId)
    await exports.insert({
      exportId,
      requestId: task.requestId,
      taskId: task.taskId,
      ...person.sealedUnder,
      expiresAt,
      createdAt: madeAt,
    })
    await accessTasksIn(client).setReach(task, {
      fragments: [...person.fragments.keys()],
      keyIds: person.keyIds,
    })
    return true
  })
  return isBegun === true
}

async function fill(parts: MakingParts, task: Task, making: Making): Promise<void> {
  const { workspaceId } = task
  const { person, key, root, exportId, madeAt, expiresAt } = making
  const facts = await gatherFacts(parts, person, { root, expiresAt })
  const tally: Tally = { events: 0, purchases: 0, leftOutEvents: 0 }
  const zip = zipEntries(
    [
      { name: 'data.json', pieces: writeData(parts, { person, facts, tally }) },
      { name: 'report.html', pieces: writeReport(parts, { person, facts, tally }) },
    ],
    madeAt,
  )
  let chunkNo = 0
  let bytes = 0
  for await (const piece of piecesOf(zip)) {
    const sealed = sealChunk(key, { workspaceId, exportId, chunkNo }, piece)
    const added = await parts.claims.step(task, (client) =>
      exportsIn(client, workspaceId).addChunk(
        { exportId, chunkNo, sealed },
        { bytes: piece.length, keyIds: person.keyIds },
      ),
    )
    if (added === null || parts.signal?.aborted === true) return
    if (!added) throw new PersonIsGone()
    chunkNo += 1
    bytes += piece.length
  }
  await finish(parts, task, { making, tally, bytes })
}

async function finish(
  parts: MakingParts,
  task: Task,
  { making, tally, bytes }: { readonly making: Making; readonly tally: Tally; readonly bytes: number },
): Promise<void> {
  const { exportId, person, root, expiresAt } = making
  const counts = { event: tally.events, purchase: tally.purchases }
  const isFinished = await parts.claims.step(task, async (client) => {
    if (!(await exportsIn(client, task.workspaceId).finish(exportId, person.keyIds))) return false
    await accessTasksIn(client).settle(task, 'confirmed', counts)
    const requestId = publicId('req', task.requestId)
    const body = { requestId, bytes, events: tally.events, expiresAt: expiresAt.toISOString() }
    await tellSettled(parts, { client, task }, [
      { ...factBase(parts, task), outboxId: parts.newId(), subjectId: root, kind: 'export-made', body },
    ])
    return true
  })
  if (isFinished === false) throw new PersonIsGone()
}

/** Nobody is there to hand anything to: never known, or erased while this was made. */
async function settleWithout(parts: MakingParts, task: Task): Promise<void> {
  await parts.claims.step(task, async (client, { state }) => {
    if (state !== 'making') return
    await exportsIn(client, task.workspaceId).discardUnfinished(task.taskId)
    await accessTasksIn(client).settle(task, 'not-found', {})
    await tellSettled(parts, { client, task }, [])
  })
}

function factBase({ now }: Pick<MakingParts, 'now'>, { workspaceId }: Task) {
  return { workspaceId, occurredAt: now(), actor: 'system' } as const
}

async function tellSettled(
  parts: MakingParts,
  { client, task }: { readonly client: Transaction; readonly task: Task },
  facts: readonly Fact[],
): Promise<void> {
  const isSettled = await tasksIn(client).settleRequest(task)
  const body = { requestId: publicId('req', task.requestId), type: task.type }
  const settled: Fact = {
    ...factBase(parts, task),
    outboxId: parts.newId(),
    kind: 'request-settled',
    subjectId: null,
    body,
  }
  await appendToOutbox(client, isSettled ? [...facts, settled] : facts)
}
