import type { DatabaseClock } from '../gate/database-clock.ts'
import type { ExclusiveLane } from '../gate/exclusive-lane.ts'
import type { DigestRings } from '../identity/open-digest-ring.ts'
import { ingestKeyCache } from '../keys/ingest-key-cache.ts'
import { ingestKeys } from '../keys/ingest-keys.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Database } from '../store/database.ts'
import type { IngestTools } from './ingest-tools.ts'
import { type Intake, type IntakeLimits, intake } from './intake.ts'

export type CollectionNeeds = {
  readonly database: Pick<Database, 'pool' | 'ingestPool'>
  readonly keyStore: KeyStore
  readonly rings: DigestRings
  readonly lane: ExclusiveLane
  readonly clock: DatabaseClock
  readonly newId: () => string
  readonly monotonicMs: () => number
  readonly limits?: IntakeLimits
}

/** Collection, ready to take calls: the database's clock has been read once. */
export async function openCollection(needs: CollectionNeeds): Promise<Intake> {
  const tools = ingestTools(needs)
  await needs.clock.read(needs.database.pool)
  return intake(tools, needs.lane, needs.limits)
}

function ingestTools({ database, keyStore, rings, clock, newId, monotonicMs }: CollectionNeeds): IngestTools {
  const cache = ingestKeyCache()
  return {
    pool: database.ingestPool,
    keysOf: async (workspaceId) => ingestKeys(await keyStore.load(workspaceId), cache),
    reloadKeys: async (workspaceId) => void (await keyStore.reload(workspaceId)),
    ringOf: rings,
    clock,
    newId,
    monotonicMs,
  }
}
