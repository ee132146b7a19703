import type { KeyObject } from 'node:crypto'
import type pg from 'pg'
import { inTransaction, type Transaction } from '../store/transaction.ts'
import { keksIn } from './keks.store.ts'
import type { WrappedKey } from './key-store.ts'
import { MASTER_KEY_BYTES, type MasterKey, MasterKeyError } from './master-key.ts'
import { oldKeksIn } from './old-keks.store.ts'
import { rotationIn, WRAPPED_KEY_TABLES } from './rotation.store.ts'
import { underRotationLock } from './rotation-lock.ts'
import { seal, unseal } from './seal.ts'
import { RetiredKekError, wrapPlace } from './workspace-keys.ts'
import { unwrapUnderMaster, wrapUnderMaster } from './wrapped-keys.ts'

/** Keys this call has wrapped anew, and how many it knows of by now. */
export type RotationProgress = { readonly rewrapped: number; readonly total: number }

export type WorkspaceRotation = {
  readonly pool: pg.Pool
  readonly masterKey: MasterKey
  readonly workspaceId: string
  readonly now: () => Date
  readonly random: (size: number) => Buffer
  /** Told after every batch. */
  readonly onProgress?: (progress: RotationProgress) => void
  readonly batchSize?: number
}

export type WorkspaceRotated = {
  /** The version in use from now on; null when the workspace never had a key. */
  readonly kekVersion: number | null
  readonly rewrapped: number
  /** True when this call finished what an earlier one had begun. */
  readonly isResumed: boolean
}

/**
 * Gives the workspace a new key, wraps every key of a subject or a request under it and deletes the old one. Sealed data is not touched.
 * It does not rotate the digest key: nobody can digest again what is known only by its digest, so every "no" would go.
 *
 * Its progress is in the tables alone (an old version that still exists), so after a kill it is called again. Nodes go
 * on minting under the version they have in memory: those keys are wrapped anew, too, and from the moment the old version
 * is deleted their inserts violate the foreign key, upon which they load the new one.
 */
export async function rotateWorkspaceKey(rotation: WorkspaceRotation): Promise<WorkspaceRotated> {
  return underRotationLock(rotation.pool, rotation.workspaceId, () => rotate(rotation))
}

async function rotate(rotation: WorkspaceRotation): Promise<WorkspaceRotated> {
  const before = await keksIn(rotation.pool).kekRows(rotation.workspaceId)
  const newest = before.at(-1)
  if (newest === undefined) return { kekVersion: null, rewrapped: 0, isResumed: false }

  const isResumed = before.length > 1
  if (!isResumed) await insertNextKek(rotation, newest.version + 1)
  const keks = await loadKeks(rotation)
  const rewrapped = await rewrapAll(rotation, keks)
  const stragglers = await retireOldKeks(rotation, keks)
  return { kekVersion: keks.newest, rewrapped: rewrapped + stragglers, isResumed }
}

type Keks = { readonly newest: number; readonly byVersion: ReadonlyMap<number, KeyObject> }

async function insertNextKek(
  { pool, masterKey, workspaceId, now, random }: WorkspaceRotation,
  version: number,
) {
  const next = { workspaceId, version, masterKeyId: masterKey.id, createdAt: now() }
  const wrapped = wrapUnderMaster(masterKey, 'kek', { ...next, raw: random(MASTER_KEY_BYTES) })
  const isInserted = await keksIn(pool).insertKek({ ...next, wrapped })
  if (!isInserted)
    throw new MasterKeyError(`master key ${masterKey.id} has been retired; rotate with the new one`)
}

async function loadKeks({ pool, masterKey, workspaceId }: WorkspaceRotation): Promise<Keks> {
  const rows = await keksIn(pool).kekRows(workspaceId)
  const byVersion = new Map(rows.map((row) => [row.version, unwrapUnderMaster(masterKey, 'kek', row)]))
  return { newest: Math.max(...byVersion.keys()), byVersion }
}

/**
 * In batches of their own transactions, passing over rows that somebody holds: the last step waits for those.
 * Nodes may mint under the old version faster than this goes, so it chases them only as long as every pass leaves less
 * than half of what it found; the last step, which makes them wait, ends it.
 */
async function rewrapAll(rotation: WorkspaceRotation, keks: Keks): Promise<number> {
  const count = () => countOldKeys(rotation, keks)
  let rewrapped = 0
  let found = Number.POSITIVE_INFINITY
  for (let left = await count(); left > 0 && left < found / 2; left = await count()) {
    found = left
    rewrapped += await rewrapPass({ ...rotation, keks, before: rewrapped, found })
  }
  return rewrapped
}

async function countOldKeys({ pool, workspaceId }: WorkspaceRotation, { newest }: Keks): Promise<number> {
  let count = 0
  for (const table of WRAPPED_KEY_TABLES)
    count += await rotationIn(pool, table).countOldKeys(workspaceId, newest)
  return count
}

type Pass = WorkspaceRotation & { readonly keks: Keks; readonly before: number; readonly found: number }

async function rewrapPass({
  pool,
  workspaceId,
  keks,
  batchSize = 500,
  onProgress,
  before,
  found,
}: Pass): Promise<number> {
  let rewrapped = 0
  while (rewrapped < found) {
    const old = { workspaceId, below: keks.newest, limit: batchSize }
    const batch = await inTransaction(pool, (client) => rewrapSome(client, keks, old))
    if (batch === 0) break
    rewrapped += batch
    onProgress?.({ rewrapped: before + rewrapped, total: before + Math.max(found, rewrapped) })
  }
  return rewrapped
}

type Some = { readonly workspaceId: string; readonly below: number; readonly limit: number }

/** A batch of the first table that still has any. */
async function rewrapSome(client: Transaction, keks: Keks, old: Some): Promise<number> {
  for (const table of WRAPPED_KEY_TABLES) {
    const rows = await rotationIn(client, table).unlockedOldKeys(old)
    if (rows.length > 0) return rewrap(client, { workspaceId: old.workspaceId, keks, table, rows })
  }
  return 0
}

/** With the old versions locked nobody can wrap under them, so what is left is final, and after it they go.
 *  Should anything still be wrapped under one, the foreign key fails the delete and nothing is lost. */
async function retireOldKeks({ pool, workspaceId }: WorkspaceRotation, keks: Keks): Promise<number> {
  return inTransaction(pool, async (client) => {
    await oldKeksIn(client).lock(workspaceId, keks.newest)
    let stragglers = 0
    for (const table of WRAPPED_KEY_TABLES) {
      const rows = await rotationIn(client, table).allOldKeys(workspaceId, keks.newest)
      stragglers += await rewrap(client, { workspaceId, keks, table, rows })
    }
    await oldKeksIn(client).delete(workspaceId, keks.newest)
    return stragglers
  })
}

type Rewrapping = {
  readonly workspaceId: string
  readonly keks: Keks
  readonly table: (typeof WRAPPED_KEY_TABLES)[number]
  readonly rows: readonly WrappedKey[]
}

async function rewrap(client: Transaction, { workspaceId, keks, table, rows }: Rewrapping): Promise<number> {
  if (rows.length === 0) return 0
  const anew = rows.map((row) => ({ keyId: row.keyId, wrapped: rewrapOne(workspaceId, keks, row) }))
  await rotationIn(client, table).replaceWrapped({ workspaceId, kekVersion: keks.newest, anew })
  return rows.length
}

function rewrapOne(workspaceId: string, { newest, byVersion }: Keks, row: WrappedKey): Buffer {
  const raw = unseal(kekOf(byVersion, row.kekVersion), wrapPlace(workspaceId, row), row.wrapped)
  const place = wrapPlace(workspaceId, { ...row, kekVersion: newest })
  const wrapped = seal(kekOf(byVersion, newest), place, raw)
  raw.fill(0)
  return wrapped
}

function kekOf(byVersion: ReadonlyMap<number, KeyObject>, version: number): KeyObject {
  const kek = byVersion.get(version)
  if (kek === undefined) throw new RetiredKekError(version)
  return kek
}
