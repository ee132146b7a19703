import { isPlain, primaryOf } from '@heed/core'
import { type Glances, glanceAt, loadWrappedKeys } from '../identity/glances.store.ts'
import type { IngestKeys } from '../keys/ingest-keys.ts'
import type { SubjectKey } from '../keys/key-store.ts'
import { distinctDigests } from './distinct-digests.ts'
import type { IngestTools } from './ingest-tools.ts'
import { type ItemContext, optsOut } from './item-context.ts'
import { digestsOf, type PreparedIdentifier } from './prepared-item.ts'
import type { Writer } from './stage-item.ts'

type Glancing = {
  readonly workspaceId: string
  readonly keys: IngestKeys
  readonly items: readonly ItemContext[]
}

/** Under whom the plain items of a batch are written; those that are not in the answer have to be placed. */
export async function writersOfPlain(
  { pool }: IngestTools,
  { workspaceId, keys, items }: Glancing,
): Promise<ReadonlyMap<ItemContext, Writer>> {
  const glances = await glanceAt(pool, workspaceId, distinctDigests(items))
  const found = items.flatMap((context) => ownedPlainly(context, glances) ?? [])
  const missing = new Set(found.map(({ keyId }) => keyId).filter((keyId) => keys.known(keyId) === null))
  const opened = new Map<string, SubjectKey>()
  if (missing.size > 0)
    for (const row of await loadWrappedKeys(pool, workspaceId, [...missing]))
      opened.set(row.keyId, keys.unwrap(row))
  return new Map(
    found.flatMap(({ context, fragment, keyId, ownerDigest }) => {
      const key = opened.get(keyId) ?? keys.known(keyId)
      return key?.subjectId === fragment ? [[context, { key, ownerDigest }]] : []
    }),
  )
}

type Found = {
  readonly context: ItemContext
  readonly fragment: string
  readonly keyId: string
  readonly ownerDigest: Buffer
}

function ownedPlainly(context: ItemContext, glances: Glances): Found | null {
  const { identifiers } = context.prepared
  if (optsOut(context) || identifiers.some(({ readings }) => readings.length > 1)) return null
  const owned = identifiers.map((identifier) => ownedDigest(identifier, glances))
  const hasHistory = digestsOf(context.prepared).some((digest) =>
    glances.withHistory.has(digest.toString('hex')),
  )
  if (!isPlain(owned.map((one) => ({ fragment: one?.fragment ?? null, hasHistory })))) return null
  const primary = owned[primaryOf(identifiers.map(({ readings }) => readings[0]))]
  if (!primary || primary.keyId === null) return null
  return { context, fragment: primary.fragment, keyId: primary.keyId, ownerDigest: primary.digest }
}

function ownedDigest({ readings }: PreparedIdentifier, { owners }: Glances) {
  for (const digest of readings[0].digests) {
    const owner = owners.get(digest.toString('hex'))
    if (owner !== undefined) return { ...owner, digest }
  }
  return null
}
