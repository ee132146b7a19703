import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog, openDatabase, startEmbeddedPostgres } from '@heed/server'
import type pg from 'pg'
import { parentOf } from '../heed/processor-time.ts'
import { type HeedPlace, startHeed } from '../heed/start-heed.ts'
import type { Options } from '../read-options.ts'
import { loadHistory } from './load-history.ts'
import { loadPeople } from './load-people.ts'
import { FULL_WORLD, QUICK_WORLD, type WorldSize } from './world-size.ts'

export type World = {
  readonly size: WorldSize
  readonly workspaceId: string
  readonly place: HeedPlace
  /** For the harness itself. */
  readonly pool: pg.Pool
  /** With the settings that the server gives its ingest connections. */
  readonly ingestPool: pg.Pool
  /** The database server's process; 0 or a stranger's where it runs on another machine. */
  readonly serverPid: number
  readonly close: () => Promise<void>
}

/** One key for every world, so that a kept one can be opened again. It protects nothing. */
const MASTER_KEY = Buffer.alloc(32, 46).toString('base64')

/** The database full of people and their past; made at the first run, found again at the next. */
export async function openWorld(options: Options): Promise<World> {
  const size = options.isQuick ? QUICK_WORLD : FULL_WORLD
  const heedDir = join(options.dataDir, 'heed')
  await mkdir(heedDir, { recursive: true })
  const log = createLog({ level: 'warn' })
  const server =
    options.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: options.dataDir, log }) : null
  const url = options.databaseUrl ?? server?.url ?? ''
  const database = openDatabase({ url })
  const { profileDir, main } = options
  const place: HeedPlace = { dataDir: heedDir, databaseUrl: url, masterKey: MASTER_KEY, profileDir, main }
  const workspaceId = await loadOnce({ options, size, place, pool: database.pool })
  return {
    size,
    workspaceId,
    place,
    pool: database.pool,
    ingestPool: database.ingestPool,
    serverPid: server?.pid ?? (await localServerPid(database.pool)),
    async close() {
      await database.close()
      await server?.stop()
    },
  }
}

async function localServerPid(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  return parentOf(rows[0]?.pid ?? 0)
}

type Loading = {
  readonly options: Options
  readonly size: WorldSize
  readonly place: HeedPlace
  readonly pool: pg.Pool
}

/** The note beside the data says what was loaded: a world that was left half loaded has none and is refused. */
async function loadOnce({ options, size, place, pool }: Loading): Promise<string> {
  const note = join(options.dataDir, 'world.json')
  const known = await readFile(note, 'utf8').catch(() => null)
  if (known !== null) return workspaceIn(pool)
  const heed = await startHeed(place)
  await heed.stop()
  const workspaceId = await workspaceIn(pool)
  const loaded = await pool.query('select 1 from subject limit 1')
  if (loaded.rowCount !== 0) throw new Error(`${options.dataDir} holds a world half loaded; remove it`)
  await loadPeople({ pool, workspaceId, size, masterKey: MASTER_KEY, random: randomBytes })
  await loadHistory({ pool, workspaceId, size })
  await writeFile(note, JSON.stringify(size))
  return workspaceId
}

async function workspaceIn(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ workspace_id: string }>('select workspace_id from workspace limit 1')
  return rows[0]?.workspace_id ?? ''
}
