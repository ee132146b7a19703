import type { KeyQueries } from '../keys/keks.store.ts'
import { MASTER_KEY_BYTES, type MasterKey } from '../keys/master-key.ts'
import { unwrapUnderMaster, wrapUnderMaster } from '../keys/wrapped-keys.ts'
import { CannotStart } from '../store/cannot-start.ts'
import { type DigestKeyRow, digestKeysIn } from './digest-keys.store.ts'
import { type DigestRing, digestRing } from './digest-ring.ts'
import { NORMALISER_VERSION } from './normalise-identifier.ts'

export type DigestSettings = {
  readonly db: KeyQueries
  readonly masterKey: MasterKey
  readonly now: () => Date
  readonly random: (size: number) => Buffer
}

export type DigestRings = (workspaceId: string) => Promise<DigestRing>

/** Every workspace's digest ring, read once and kept: versions are added with a new release of Heed and never dropped. */
export function digestRings(settings: DigestSettings): DigestRings {
  const rings = new Map<string, DigestRing>()
  return async (workspaceId) => {
    const known = rings.get(workspaceId)
    if (known !== undefined) return known
    const ring = await openDigestRing(settings, workspaceId)
    rings.set(workspaceId, ring)
    return ring
  }
}

/** The workspace's digest ring; its first key is made now if it has none. @throws DigestKeyError */
export async function openDigestRing(settings: DigestSettings, workspaceId: string): Promise<DigestRing> {
  const rows = await ensureDigestKey(settings, workspaceId)
  const versions = rows.map((row) => {
    if (row.normaliser !== NORMALISER_VERSION) throw new DigestKeyError(unknownNormaliser(row))
    const key = unwrapUnderMaster(settings.masterKey, 'digest_key', row)
    return { version: row.version, normaliser: row.normaliser, key }
  })
  return digestRing(versions)
}

/** Makes the first digest key where there is none. Of two nodes that do so at once, one makes it and both use it. */
export async function ensureDigestKey(
  { db, masterKey, now, random }: DigestSettings,
  workspaceId: string,
): Promise<readonly DigestKeyRow[]> {
  const store = digestKeysIn(db)
  const found = await store.versions(workspaceId)
  if (found.length > 0) return found
  const first = {
    workspaceId,
    version: 1,
    normaliser: NORMALISER_VERSION,
    masterKeyId: masterKey.id,
    createdAt: now(),
  }
  const wrapped = wrapUnderMaster(masterKey, 'digest_key', { ...first, raw: random(MASTER_KEY_BYTES) })
  await store.insertFirst({ ...first, wrapped })
  const made = await store.versions(workspaceId)
  if (made.length === 0) throw new DigestKeyError(LOST)
  return made
}

/** The digests of a workspace cannot be made, so nobody's "no" could be found: collection must not go on. */
export class DigestKeyError extends CannotStart {
  override readonly name = 'DigestKeyError'
}

const LOST =
  'the digest key is missing although the workspace has digests, or the master key has been retired; restore table digest_key'

function unknownNormaliser({ version, normaliser }: DigestKeyRow): string {
  return `digest version ${version} needs version ${normaliser} of the normaliser, which this release does not have`
}
