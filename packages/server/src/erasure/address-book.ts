import type { KeyObject } from 'node:crypto'
import type pg from 'pg'
import type { KeyStore, SealPlace } from '../keys/key-store.ts'
import { seal, unseal } from '../keys/seal.ts'
import { type AddressKind, addressBookIn } from './address-book.store.ts'

/** The address book of one request, opened. Payloads of work never carry what is in it. */
export type AddressBook = {
  readonly workspaceId: string
  readonly requestId: string
  readonly key: KeyObject
}

export type Address = { readonly addressId: string; readonly content: string }

type Client = Pick<pg.ClientBase, 'query'>
type Request = { readonly workspaceId: string; readonly requestId: string }

/** After the last step of a request there may be a notice to send, and questions to answer. */
const KEPT_AFTER_DUE_DAYS = 90
const DAY_MS = 86_400_000

/** The request's book, made where there is none. The caller holds the workspace key's versions: one that is retired fails. */
export async function openAddressBook(
  client: Client,
  keyStore: Pick<KeyStore, 'mint' | 'unwrap'>,
  request: Request & { readonly dueAt: Date; readonly now: Date },
): Promise<AddressBook> {
  const { workspaceId, requestId, dueAt, now } = request
  const there = await findAddressBook(client, keyStore, request)
  if (there !== null) return there
  const { key, row } = await keyStore.mint(workspaceId, keyIds(requestId))
  const destroyAfter = new Date(dueAt.getTime() + KEPT_AFTER_DUE_DAYS * DAY_MS)
  await addressBookIn(client, workspaceId).insertKey(requestId, { row, destroyAfter, createdAt: now })
  return { workspaceId, requestId, key: key.key }
}

/** Null when the request has none, or none any more. */
export async function findAddressBook(
  client: Client,
  keyStore: Pick<KeyStore, 'unwrap'>,
  { workspaceId, requestId }: Request,
): Promise<AddressBook | null> {
  const row = await addressBookIn(client, workspaceId).key(requestId)
  if (row === null) return null
  const { key } = await keyStore.unwrap(workspaceId, { ...row, ...keyIds(requestId) })
  return { workspaceId, requestId, key }
}

export async function writeAddresses(
  client: Client,
  book: AddressBook,
  { kind, addresses }: { readonly kind: AddressKind; readonly addresses: readonly Address[] },
): Promise<void> {
  const rows = addresses.map(({ addressId, content }) => ({
    addressId,
    sealed: seal(book.key, placeOf(book, addressId), content),
  }))
  await addressBookIn(client, book.workspaceId).insert(book.requestId, kind, rows)
}

export async function readAddresses(
  client: Client,
  book: AddressBook,
  kind: AddressKind,
): Promise<readonly Address[]> {
  const rows = await addressBookIn(client, book.workspaceId).list(book.requestId, kind)
  return rows.map(({ addressId, sealed }) => ({
    addressId,
    content: unseal(book.key, placeOf(book, addressId), sealed).toString('utf8'),
  }))
}

/** A request's key is wrapped as a subject's is, under the request's id in both places; no subject has that id. */
function keyIds(requestId: string) {
  return { keyId: requestId, subjectId: requestId }
}

function placeOf({ workspaceId, requestId }: AddressBook, addressId: string): SealPlace {
  return { workspaceId, keyId: requestId, table: 'request_address', rowId: addressId }
}
