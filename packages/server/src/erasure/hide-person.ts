import type { LaneTransaction } from '../gate/exclusive-lane.ts'
import type { KeyStore, SubjectKey } from '../keys/key-store.ts'
import { noteLifecycle } from '../reports/note-lifecycle.ts'
import { noteRegion } from '../reports/note-region.ts'
import { type EraseTask, tasksOf } from '../requests/tasks.store.ts'
import { openAddressBook, writeAddresses } from './address-book.ts'
import { addressOf } from './address-of.ts'
import { erasedPeopleIn, type IdentifierRow } from './erased-people.store.ts'
import { escrowIn } from './escrow.store.ts'

export type HidingParts = { readonly keyStore: Pick<KeyStore, 'load' | 'reload' | 'mint' | 'unwrap'> }

export type PersonToHide = {
  readonly requestId: string
  readonly taskId: string
  readonly root: string
  readonly fragments: readonly string[]
  /** Until then the keys are kept, and whoever comes after the request can still be told whom it is about. */
  readonly recoverableUntil: Date
  /** False where the time to reverse is over already: then nobody has to be named any more. */
  readonly keepsAddresses: boolean
  readonly dueAt: Date
  readonly at: Date
}

type HidingTransaction = Pick<LaneTransaction, 'client' | 'workspaceId' | 'newId'>

/**
 * Puts somebody's keys away, takes what leads to them, marks them and leaves the task that goes on from there. With the gate
 * taken alone. Answers the task, and how many identifiers led to them.
 */
export async function hidePerson(
  tx: HidingTransaction,
  parts: HidingParts,
  person: PersonToHide,
): Promise<{ readonly task: EraseTask; readonly identifiers: number }> {
  const { fragments, requestId, recoverableUntil, at } = person
  const people = erasedPeopleIn(tx.client, tx.workspaceId)
  await loadWorkspaceKeys(tx, parts)
  await noteLifecycle(tx.client, tx.workspaceId, fragments)
  const identifiers = await people.takeIdentifiers(fragments)
  const escrow = { requestId, fragments, destroyAfter: recoverableUntil }
  const wrapped = await escrowIn(tx.client, tx.workspaceId).putAway(escrow)
  if (person.keepsAddresses) {
    const keys = await Promise.all(wrapped.map((row) => parts.keyStore.unwrap(tx.workspaceId, row)))
    await noteRegion(tx.client, { ...person, workspaceId: tx.workspaceId, keys })
    await keepAddresses(tx, parts, { person, identifiers, keys })
  }
  await people.mark(fragments, at)
  await people.endRestrictions(requestId, fragments, at)
  const task = windowTask(
    person,
    wrapped.map(({ keyId }) => keyId),
  )
  await tasksOf(tx.client, tx.workspaceId).write(task)
  return { task, identifiers: identifiers.length }
}

/** Once their versions are kept, no rotation can retire one before the commit; what this node has in memory may be older. */
async function loadWorkspaceKeys(tx: HidingTransaction, { keyStore }: HidingParts): Promise<void> {
  const versions = await escrowIn(tx.client, tx.workspaceId).keepKeks()
  const keys = await keyStore.load(tx.workspaceId)
  if (!versions.includes(keys.kekVersion)) await keyStore.reload(tx.workspaceId)
}

type Keeping = {
  readonly person: PersonToHide
  readonly identifiers: readonly IdentifierRow[]
  readonly keys: readonly SubjectKey[]
}

async function keepAddresses(
  tx: HidingTransaction,
  { keyStore }: HidingParts,
  { person, identifiers, keys }: Keeping,
): Promise<void> {
  const { requestId, dueAt, at } = person
  const request = { workspaceId: tx.workspaceId, requestId, dueAt, now: at }
  const book = await openAddressBook(tx.client, keyStore, request)
  const byId = new Map(keys.map((key) => [key.keyId, key]))
  const addresses = identifiers.map((row) => ({
    addressId: tx.newId(),
    content: addressOf(tx.workspaceId, row, byId),
  }))
  await writeAddresses(tx.client, book, { kind: 'identifier', addresses })
}

function windowTask(person: PersonToHide, keyIds: readonly string[]): EraseTask {
  const { requestId, taskId, root, fragments, recoverableUntil, at } = person
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
    createdAt: at,
    settledAt: null,
  }
}
