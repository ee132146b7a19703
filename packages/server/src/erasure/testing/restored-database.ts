import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { openCollection } from '../../collection/open-collection.ts'
import { databaseClock } from '../../gate/database-clock.ts'
import { exclusiveLane } from '../../gate/exclusive-lane.ts'
import { digestRings } from '../../identity/open-digest-ring.ts'
import type { JournalChain } from '../../journal/journal.ts'
import type { JournalReplay } from '../../journal/replay-journal.ts'
import { replayJournal } from '../../journal/replay-journal.ts'
import { openKeyStore } from '../../keys/open-key-store.ts'
import { makeBackup } from '../../store/backup/make-backup.ts'
import { restoreBackup } from '../../store/backup/restore-backup.ts'
import { type Database, openDatabase } from '../../store/database.ts'
import { type GateRig, RIG_MASTER_KEY } from '../../testing/gate-rig.ts'
import { databaseUrl, runAlone } from '../../testing/test-server.ts'
import { replayPeople } from '../replay-people.ts'

/** A database as it was when a backup was made, beside a journal that went on. */
export type RestoredDatabase = Database & {
  /** What a start does before it answers. */
  readonly replay: (chain?: JournalChain) => Promise<JournalReplay>
  /** And after: the rig with its lanes on this database. The journal is the one there was. */
  readonly openRig: () => Promise<GateRig>
  readonly close: () => Promise<void>
}

export type Backup = { readonly restore: () => Promise<RestoredDatabase> }

let restored = 0

export async function takeBackup(db: Database, rig: GateRig): Promise<Backup> {
  const folder = await mkdtemp(join(tmpdir(), 'heed-older-'))
  const file = join(folder, 'older.backup')
  await makeBackup(db.pool, { file, now: new Date() })
  return {
    async restore() {
      const { url: serverUrl, template } = inject('testServer')
      restored += 1
      const name = `${template}_restored_${process.pid}_${restored}`
      await runAlone(serverUrl, `create database ${name}`)
      const url = databaseUrl(serverUrl, name)
      const database = openDatabase({ url, connections: { control: 4, ingest: 2, gate: 4 } })
      await restoreBackup(database.pool, file)
      await rm(folder, { recursive: true })
      return restoredDatabase(database, { url, rig })
    },
  }
}

function restoredDatabase(
  database: Database,
  { url, rig: before }: { url: string; rig: GateRig },
): RestoredDatabase {
  const now = () => new Date()
  const keyStore = openKeyStore({
    connection: { connectionString: url },
    masterKey: RIG_MASTER_KEY,
    now,
    random: randomBytes,
    onConnectionLost: () => undefined,
  })
  const { newId, journal } = before
  const rings = digestRings({ db: database.pool, masterKey: RIG_MASTER_KEY, now, random: randomBytes })
  return {
    ...database,
    openRig: () => rigOn(database, { ...before, keyStore, rings }),
    replay: (chain = journal) =>
      replayJournal({
        pool: database.gatePool,
        chains: [chain],
        now,
        newId,
        replayPeople: replayPeople({ keyStore, rings, journal, now, newId }),
        livingNodes: async () => new Set(),
        pause: async () => {},
      }),
    async close() {
      await keyStore.close()
      await database.close()
    },
  }
}

async function rigOn(database: Database, before: GateRig): Promise<GateRig> {
  const { journal, newId, keyStore, rings, client } = before
  const [now, monotonicMs] = [() => new Date(), () => performance.now()]
  const clock = databaseClock(monotonicMs)
  const lane = exclusiveLane({ pool: database.gatePool, journal, nodeId: 'test', clock, newId, now })
  const intake = await openCollection({ database, keyStore, rings, lane, clock, newId, monotonicMs })
  return {
    ...before,
    lane,
    clock,
    intake,
    requestParts: { ...before.requestParts, lane, rings, keyStore },
    send: (items, source = client) => intake.collect({ source, items, arrivedAt: performance.now() }),
  }
}
