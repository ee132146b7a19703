import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlDoor, controlDoor } from './control-door.ts'
import { type HeedProcess, startHeedProcess } from './heed-process.ts'

export type Heed = ControlDoor & {
  readonly url: string
  readonly pid: () => number
  readonly dataDir: string
  /** Null: its own, embedded. */
  readonly databaseUrl: string | null
  readonly writeKey: string
  readonly adminToken: string
  /** Everything it has printed to stdout and stderr, at every start. */
  readonly printed: () => string
  /** Ends the process and waits until it is gone. Its data stay. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<number | null>
  /** Starts it again, on the same port and with the same data. */
  readonly restart: () => Promise<void>
  /** Stops it in good order and removes its data folder. */
  readonly remove: () => Promise<void>
}

export type Boot = {
  /** Absent: what a user gets, an embedded PostgreSQL in the data folder. */
  readonly databaseUrl?: string
  /** Further settings by the name of their variable. */
  readonly settings?: Readonly<Record<string, string>>
}

let boots = 0

/** Starts a whole Heed as a process of its own, in an empty data folder, and resolves when it is ready. */
export async function bootHeed({ databaseUrl, settings = {} }: Boot = {}): Promise<Heed> {
  boots += 1
  const dataDir = await mkdtemp(join(tmpdir(), 'heed-journey-'))
  const writeKey = `journey-write-key-${process.pid}-${boots}`
  const adminToken = `journey-admin-token-${process.pid}-${boots}`
  let printed = ''
  const start = (port: string) =>
    startHeedProcess({
      settings: {
        HEED_DATA_DIR: dataDir,
        HEED_PORT: port,
        HEED_WRITE_KEY: writeKey,
        HEED_ADMIN_TOKEN: adminToken,
        ...(databaseUrl === undefined ? {} : { HEED_DATABASE_URL: databaseUrl }),
        ...settings,
      },
      onPrint: (text) => {
        printed += text
      },
    }).catch((cause: unknown) => {
      throw new Error(`Heed did not start. It printed:\n${printed}`, { cause })
    })

  let running: HeedProcess = await start('0')
  const { url } = running
  return {
    ...controlDoor(url, adminToken),
    url,
    pid: () => running.pid,
    dataDir,
    databaseUrl: databaseUrl ?? null,
    writeKey,
    adminToken,
    printed: () => printed,
    kill: (signal = 'SIGKILL') => running.end(signal),
    async restart() {
      running = await start(new URL(url).port)
    },
    async remove() {
      if (!running.hasEnded()) await running.end('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
