import { createSecretKey, type KeyObject } from 'node:crypto'
import { type MasterKey, wrongMasterKey } from './master-key.ts'
import { seal, unseal } from './seal.ts'

/** A workspace key or a digest key as its table holds it. */
export type MasterWrapped = {
  readonly workspaceId: string
  readonly version: number
  readonly wrapped: Buffer
  readonly masterKeyId: string
}

/** The tables whose keys the master key wraps itself. */
export type MasterWrappedTable = 'kek' | 'digest_key'

type KeyRow = Pick<MasterWrapped, 'workspaceId' | 'version'>

/** Wraps a key's raw bytes for its row, and wipes them. */
export function wrapUnderMaster(
  master: MasterKey,
  table: MasterWrappedTable,
  row: KeyRow & { raw: Buffer },
): Buffer {
  const wrapped = seal(master.key, placeOf(master, table, row), row.raw)
  row.raw.fill(0)
  return wrapped
}

/** @throws MasterKeyError when the row names another master key */
export function unwrapUnderMaster(
  master: MasterKey,
  table: MasterWrappedTable,
  row: MasterWrapped,
): KeyObject {
  const raw = rawUnderMaster(master, table, row)
  const key = createSecretKey(raw)
  raw.fill(0)
  return key
}

/** The same key wrapped under another master key. */
export function rewrapUnderMaster(
  { from, to }: { readonly from: MasterKey; readonly to: MasterKey },
  table: MasterWrappedTable,
  row: MasterWrapped,
): Buffer {
  return wrapUnderMaster(to, table, { ...row, raw: rawUnderMaster(from, table, row) })
}

function rawUnderMaster(master: MasterKey, table: MasterWrappedTable, row: MasterWrapped): Buffer {
  if (row.masterKeyId !== master.id) throw wrongMasterKey(master, [row.masterKeyId])
  return unseal(master.key, placeOf(master, table, row), row.wrapped)
}

function placeOf(master: MasterKey, table: MasterWrappedTable, { workspaceId, version }: KeyRow) {
  return { workspaceId, keyId: master.id, table, rowId: String(version) }
}
