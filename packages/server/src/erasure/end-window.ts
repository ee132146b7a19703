import { publicId } from '@heed/core'
import { appendToOutbox } from '../audit/outbox.store.ts'
import type { Journal } from '../journal/journal.ts'
import type { Transaction } from '../store/transaction.ts'
import type { Claims } from '../work/claim-tasks.ts'
import { type Task, type TaskState, tasksIn } from '../work/tasks.store.ts'
import { keyEndsIn } from './key-ends.store.ts'

export type EndingParts = {
  readonly claims: Claims
  readonly journal: Pick<Journal, 'append'>
  readonly newId: () => string
}

/**
 * Ends the time in which an erase could be reversed: its keys are destroyed. A reverse locks the same rows first, so whoever
 * comes second finds them gone, and finds the task where the other one has left it.
 *
 * The journal hears it before the commit. A crash in between is harmless: the entry repeats what was due anyway, and the
 * next run writes it once more. Its place is not noted as known: this runs beside the lane, so a backup taken now could hold
 * this commit and not one of the lane whose entry comes before it, and would never hear of that.
 */
export async function endWindow(parts: EndingParts, due: Task): Promise<TaskState | null> {
  return parts.claims.step(
    due,
    async (client, task) => {
      if (task.state !== 'window') return task.state
      if (task.isRecoverable) {
        await tasksIn(client).waitUntilRecoverable(task)
        return null
      }
      await destroyKeys(parts, client, task)
      await tasksIn(client).enter(task, 'counting')
      return 'counting'
    },
    (client) => keyEndsIn(client).lockEscrow(due),
  )
}

async function destroyKeys(parts: EndingParts, client: Transaction, task: Task): Promise<void> {
  const { workspaceId, requestId } = task
  const ends = keyEndsIn(client)
  const { keyIds, seq, at } = await ends.destroyEscrow(task)
  await parts.journal.append([
    {
      kind: 'key-destroyed',
      workspaceId,
      seq,
      at: at.toISOString(),
      digests: [],
      scope: null,
      cause: null,
      requestId,
      keyIds: [...keyIds],
      destroyAfter: null,
    },
  ])
  await appendToOutbox(client, [
    {
      workspaceId,
      outboxId: parts.newId(),
      kind: 'keys-destroyed',
      occurredAt: at,
      actor: 'system',
      subjectId: null,
      body: { requestId: publicId('req', requestId), keys: keyIds.length },
    },
  ])
  await ends.setDestroyed(task, at)
  await ends.noteRemoval()
}
