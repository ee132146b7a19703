import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Intake } from '../collection/intake.ts'
import { openCollection } from '../collection/open-collection.ts'
import { replayPeople } from '../erasure/replay-people.ts'
import { databaseClock } from '../gate/database-clock.ts'
import { type ExclusiveLane, exclusiveLane } from '../gate/exclusive-lane.ts'
import { type DigestRings, digestRings } from '../identity/open-digest-ring.ts'
import type { Journal } from '../journal/journal.ts'
import { chainsIn } from '../journal/journal-chain.ts'
import { journalKey } from '../journal/journal-key.ts'
import { journalLeftOverLifts } from '../journal/journal-left-over-lifts.ts'
import { openJournal } from '../journal/open-journal.ts'
import { hasChanged, replayJournal } from '../journal/replay-journal.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { MasterKey } from '../keys/master-key.ts'
import { openKeyStore } from '../keys/open-key-store.ts'
import { openMasterKey } from '../keys/open-master-key.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings.ts'
import { CannotStart } from '../store/cannot-start.ts'
import type { Storage } from './open-storage.ts'
import { livingNodes, nodeIdOf, registerNode } from './register-node.ts'

/** Time and chance as the server uses them. */
export type World = {
  readonly now: () => Date
  readonly monotonicMs: () => number
  readonly random: (size: number) => Buffer
  readonly newId: () => string
}

/** Everything behind the doors: keys, digests, journal, lanes. */
export type Gate = {
  readonly nodeId: string
  readonly masterKey: MasterKey
  readonly keyStore: KeyStore
  readonly rings: DigestRings
  readonly journal: Journal
  readonly lane: ExclusiveLane
  readonly intake: Intake
  readonly close: () => Promise<void>
}

type Opening = {
  readonly settings: Settings
  readonly storage: Storage
  readonly log: Log
  readonly world: World
}

/** Opens the gate; a restored backup has been brought up to the journal when this resolves. */
export async function openGate({ settings, storage, log, world }: Opening): Promise<Gate> {
  const { database } = storage
  const { now, random, newId } = world
  const masterKey = await openMasterKey({
    configured: settings.masterKey,
    dataDir: settings.dataDir,
    pool: database.pool,
    now,
    random,
  })
  const nodeId = await nodeIdOf(settings.dataDir, newId)
  await registerNode(database.pool, { nodeId, hasSharedJournal: settings.journalUrl !== null })
  const keyStore = openKeyStore({
    connection: { connectionString: storage.url },
    masterKey,
    now,
    random,
    onConnectionLost: () => log.warn('a connection of the key store broke'),
  })
  const rings = digestRings({ db: database.pool, masterKey, now, random })
  const opening = { settings, storage, log, world, nodeId, masterKey, keyStore, rings }
  const journal = await openReplayedJournal(opening).catch(async (cause: unknown) => {
    await keyStore.close()
    throw cause
  })
  const clock = databaseClock(world.monotonicMs)
  const lane = exclusiveLane({ pool: database.gatePool, journal, nodeId, clock, newId, now })
  const intake = await openCollection({ ...world, database, keyStore, rings, lane, clock })
  return {
    nodeId,
    masterKey,
    keyStore,
    rings,
    journal,
    lane,
    intake,
    async close() {
      await intake.drain()
      await lane.drain()
      await journal.close()
      await keyStore.close()
    },
  }
}

type OpeningJournal = Opening & Pick<Gate, 'nodeId' | 'masterKey' | 'keyStore' | 'rings'>

async function openReplayedJournal(opening: OpeningJournal): Promise<Journal> {
  const { settings, storage, log, world, nodeId, masterKey, keyStore, rings } = opening
  const folder = settings.journalUrl ?? join(settings.dataDir, 'journal')
  const key = await journalKey({ folder, masterKey })
  const journal = await openJournal({ folder, nodeId, key })
  const replay = await replayJournal({
    pool: storage.database.gatePool,
    chains: await chainsIn({ folder, key }),
    now: world.now,
    newId: world.newId,
    replayPeople: replayPeople({ ...world, keyStore, rings, journal }),
    livingNodes: (client) => livingNodes(client, nodeId),
    pause: () => sleep(1_000),
  })
  if (hasChanged(replay))
    log.warn(
      { count: replay.entries },
      'the database was older than the no-journal; what it had forgotten is back',
    )
  for (const chain of replay.behind) {
    if (chain.nodeId === nodeId)
      throw new CannotStart(
        `the no-journal of this node ends at entry ${chain.found}, but the database knows of ${chain.position}: an older ` +
          `copy of it was put back. Put back the newest one, or delete ${join(settings.dataDir, 'node-id')} to begin a new chain.`,
      )
    log.warn(
      { nodeId: chain.nodeId },
      'the no-journal of another node is missing or shorter than the database knows',
    )
  }
  // Not before: an older copy of the chain that was put back must be found out, and not written on.
  await journalLeftOverLifts(storage.database.pool, journal)
  return journal
}
