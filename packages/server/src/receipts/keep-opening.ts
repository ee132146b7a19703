import { NONCE_BYTES, type Opening, publicId } from '@heed/core'
import type pg from 'pg'
import { z } from 'zod'
import {
  type AddressBook,
  findAddressBook,
  openAddressBook,
  readAddresses,
  writeAddresses,
} from '../erasure/address-book.ts'
import { escrowIn } from '../erasure/escrow.store.ts'
import type { KeyStore } from '../keys/key-store.ts'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import type { UnreceiptedTask } from './task-facts.store.ts'

export type OpeningParts = {
  readonly pool: pg.Pool
  readonly keyStore: Pick<KeyStore, 'load' | 'reload' | 'mint' | 'unwrap'>
  readonly random: (size: number) => Buffer
  readonly now: () => Date
}

const content = z.strictObject({ subjectId: z.string(), nonce: z.string() })

/**
 * What opens the subject commitments of a task's receipts: one opening for all of them, so that a copy the person was given
 * early opens the later receipts as well. It lies in the request's address book and nowhere else, and goes with it.
 * Null when the task is about nobody, or when the book is gone.
 */
export async function keepOpening(parts: OpeningParts, task: UnreceiptedTask): Promise<Opening | null> {
  const { subjectId } = task
  if (subjectId === null) return null
  return inTransaction(parts.pool, async (client) => {
    // Two who issue at once must not write two openings.
    await client.query('select from request where workspace_id = $1 and request_id = $2 for no key update', [
      task.workspaceId,
      task.requestId,
    ])
    const book = await bookOf(parts, client, task)
    if (book === null) return null
    const kept = await openingIn(client, book, task.taskId)
    if (kept !== null) return kept
    const opening = {
      subjectId: publicId('sub', subjectId),
      nonce: parts.random(NONCE_BYTES).toString('base64url'),
    }
    const addresses = [{ addressId: task.taskId, content: JSON.stringify(opening) }]
    await writeAddresses(client, book, { kind: 'opening', addresses })
    return opening
  })
}

/** The opening of a task's receipts, while the request's address book is kept. */
export async function findOpening(
  client: Pick<pg.ClientBase, 'query'>,
  keyStore: Pick<KeyStore, 'unwrap'>,
  task: { readonly workspaceId: string; readonly requestId: string; readonly taskId: string },
): Promise<Opening | null> {
  const book = await findAddressBook(client, keyStore, task)
  return book === null ? null : openingIn(client, book, task.taskId)
}

/** An erase has its book from the moment it takes effect; making one later would name a person again. */
async function bookOf(
  { keyStore, now }: OpeningParts,
  client: Transaction,
  task: UnreceiptedTask,
): Promise<AddressBook | null> {
  if (task.type === 'erase') return findAddressBook(client, keyStore, task)
  const versions = await escrowIn(client, task.workspaceId).keepKeks()
  const keys = await keyStore.load(task.workspaceId)
  if (!versions.includes(keys.kekVersion)) await keyStore.reload(task.workspaceId)
  return openAddressBook(client, keyStore, { ...task, now: now() })
}

async function openingIn(
  client: Pick<pg.ClientBase, 'query'>,
  book: AddressBook,
  taskId: string,
): Promise<Opening | null> {
  const kept = await readAddresses(client, book, 'opening')
  const own = kept.find(({ addressId }) => addressId === taskId)
  return own === undefined ? null : content.parse(JSON.parse(own.content))
}
