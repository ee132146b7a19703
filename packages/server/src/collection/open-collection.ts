import { databaseClock } from '../gate/database-clock.ts'
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
  readonly newId: () => string
  readonly monotonicMs: () => number
  readonly limits?: IntakeLimits
}

/** Collection, ready to take calls: the database's clock has been read once. */
export async function openCollection(needs: CollectionNeeds): Promise<Intake> {
  const tools = ingestTools(needs)
  await readClock(needs, tools)
  return intake(tools, needs.lane, needs.limits)
}

function ingestTools({ database, keyStore, rings, newId, monotonicMs }: CollectionNeeds): IngestTools {
  const cache = ingestKeyCache()
  return {
    pool: database.ingestPool,
    keysOf: async (workspaceId) => ingestKeys(await keyStore.load(workspaceId), cache),
    reloadKeys: async (workspaceId) => void (await keyStore.reload(workspaceId)),
    ringOf: rings,
    clock: databaseClock(),
    newId,
    monotonicMs,
  }
}

async function readClock({ database, monotonicMs }: CollectionNeeds, { clock }: IngestTools): Promise<void> {
  const sentAt = monotonicMs()
  const result = await database.pool.query<{ ms: string }>(
    'select extract(epoch from clock_timestamp()) * 1000 as ms',
  )
  clock.observe({ databaseMs: Number(result.rows[0]?.ms), sentAt, heardAt: monotonicMs() })
}
