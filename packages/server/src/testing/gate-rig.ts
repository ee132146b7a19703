import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Identifier, newUuid } from '@heed/core'
import type {
  CollectedItem,
  CollectionSource,
  IdentifierRole,
  ItemVerdict,
} from '../collection/collected-item.ts'
import type { Intake } from '../collection/intake.ts'
import { openCollection } from '../collection/open-collection.ts'
import { type DatabaseClock, databaseClock } from '../gate/database-clock.ts'
import { type ExclusiveLane, exclusiveLane } from '../gate/exclusive-lane.ts'
import { type DigestRings, digestRings } from '../identity/open-digest-ring.ts'
import type { Journal } from '../journal/journal.ts'
import { journalKey } from '../journal/journal-key.ts'
import { openJournal } from '../journal/open-journal.ts'
import type { KeyStore } from '../keys/key-store.ts'
import { masterKey } from '../keys/master-key.ts'
import { insertMasterKey } from '../keys/master-keys.store.ts'
import { openKeyStore } from '../keys/open-key-store.ts'
import type { RequestParts } from '../requests/opening.ts'
import type { TestDatabase } from './test-database.ts'

/** A whole gate on a test database: keys, digests, journal, lanes and intake, with one workspace and two sources. */
export type GateRig = {
  readonly workspaceId: string
  readonly client: CollectionSource
  readonly server: CollectionSource
  readonly intake: Intake
  readonly lane: ExclusiveLane
  readonly clock: DatabaseClock
  readonly journal: Journal
  readonly keyStore: KeyStore
  readonly rings: DigestRings
  readonly newId: () => string
  /** What requests are opened with. */
  readonly requestParts: RequestParts
  /** Sends items as one call and waits for their verdicts. */
  readonly send: (
    items: readonly CollectedItem[],
    source?: CollectionSource,
  ) => Promise<readonly ItemVerdict[]>
  readonly close: () => Promise<void>
}

export const RIG_MASTER_KEY = masterKey(Buffer.alloc(32, 7))

export async function gateRig(db: TestDatabase): Promise<GateRig> {
  const newId = () => newUuid(Date.now(), randomBytes)
  const now = () => new Date()
  const workspaceId = newId()
  const client = sourceIn(workspaceId, { sourceId: newId(), trust: 'client' })
  const server = sourceIn(workspaceId, { sourceId: newId(), trust: 'server' })
  await seed(db, [client, server])
  const key = RIG_MASTER_KEY
  const seeding = await db.pool.connect()
  await insertMasterKey(seeding, { id: key.id, createdAt: now() })
  seeding.release()
  const keyStore = openKeyStore({
    connection: { connectionString: db.url },
    masterKey: key,
    now,
    random: randomBytes,
    onConnectionLost: () => undefined,
  })
  const rings = digestRings({ db: db.pool, masterKey: key, now, random: randomBytes })
  const folder = await mkdtemp(join(tmpdir(), 'heed-journal-'))
  const journal = await openJournal({
    folder,
    nodeId: 'test',
    key: await journalKey({ folder, masterKey: key }),
  })
  const clock = databaseClock(() => performance.now())
  const lane = exclusiveLane({ pool: db.gatePool, journal, nodeId: 'test', clock, newId, now })
  const needs = { database: db, keyStore, rings, lane, clock, newId, monotonicMs: () => performance.now() }
  const intake = await openCollection(needs)
  return {
    workspaceId,
    client,
    server,
    intake,
    lane,
    clock,
    journal,
    keyStore,
    rings,
    newId,
    requestParts: { lane, rings, keyStore, reversalDays: 7, now, newId },
    send: (items, source = client) => intake.collect({ source, items, arrivedAt: performance.now() }),
    async close() {
      await intake.drain()
      await lane.drain()
      await journal.close()
      await keyStore.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function sourceIn(
  workspaceId: string,
  { sourceId, trust }: { sourceId: string; trust: 'client' | 'server' },
): CollectionSource {
  return { workspaceId, sourceId, trust, maySuppress: true, mayLinkUserIds: true }
}

async function seed(db: TestDatabase, sources: readonly CollectionSource[]): Promise<void> {
  const [first] = sources
  await db.pool.query('insert into workspace (workspace_id, name, created_at) values ($1, $2, now())', [
    first?.workspaceId,
    'test',
  ])
  for (const { workspaceId, sourceId, trust } of sources)
    await db.pool.query(
      'insert into source (workspace_id, source_id, name, write_key_digest, trust, created_at) values ($1, $2, $3, $4, $5, now())',
      [workspaceId, sourceId, trust, randomBytes(32), trust],
    )
}

type Ids = Partial<Record<IdentifierRole, string>>

let messages = 0

/** An item that names people by role: `item({ userId: 'u1', anonymousId: 'a1' })`. */
export function item(ids: Ids, change: Partial<CollectedItem> = {}): CollectedItem {
  messages += 1
  const receivedAt = new Date()
  return {
    type: 'track',
    name: 'Clicked',
    identifiers: Object.entries(ids).map(([role, value]) => ({
      role: role as IdentifierRole,
      kind: kindOf(role),
      value,
    })),
    messageId: `m-${messages}`,
    fingerprint: null,
    eventAt: receivedAt,
    clientAt: receivedAt,
    receivedAt,
    isRecorded: false,
    isOptOut: false,
    linksUserIds: false,
    traits: null,
    campaign: null,
    revenue: null,
    currency: null,
    purchase: null,
    content: JSON.stringify({ ...ids, number: messages }),
    ...change,
  }
}

export function optOut(ids: Ids, change: Partial<CollectedItem> = {}): CollectedItem {
  return item(ids, { name: 'Opted Out', isOptOut: true, ...change })
}

function kindOf(role: string): Identifier['kind'] {
  return role === 'alternativeId' || role === 'previousId' ? 'userId' : role
}
