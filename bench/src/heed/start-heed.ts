import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const WRITE_KEY = 'bench-write-key-0001'
export const ADMIN_TOKEN = 'bench-admin-token-0000000000000001'

/** Where a Heed of the benchmark keeps its things. */
export type HeedPlace = {
  readonly dataDir: string
  /** Null: its own, embedded in the data folder. */
  readonly databaseUrl: string | null
  readonly masterKey: string | null
  readonly profileDir?: string | null
  /** The server of another checkout, to compare with; null: this one's. */
  readonly main?: string | null
}

export type Heed = {
  readonly url: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

/** One Heed as a process of its own, ready. */
export async function startHeed(place: HeedPlace): Promise<Heed> {
  const heed = await launchHeed(place)
  await untilReady(heed)
  return heed
}

let nextPort = 4710

/** The same, perhaps not listening yet. */
export async function launchHeed(place: HeedPlace): Promise<Heed> {
  const port = nextPort++
  const child = spawn(process.execPath, [...AS_NPM_START, ...profiling(place), place.main ?? MAIN], {
    cwd: place.dataDir,
    env: environmentOf(place, port),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => stop(child) }
}

/** The options of `npm start`. */
const AS_NPM_START = ['--max-semi-space-size=8']

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.resolve('@heed/server')))

function profiling({ profileDir = null }: HeedPlace): string[] {
  return profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
}

function environmentOf({ dataDir, databaseUrl, masterKey }: HeedPlace, port: number): Record<string, string> {
  return {
    HEED_DATA_DIR: dataDir,
    HEED_PORT: String(port),
    HEED_WRITE_KEY: WRITE_KEY,
    HEED_ADMIN_TOKEN: ADMIN_TOKEN,
    HEED_LOG_LEVEL: 'error',
    ...(databaseUrl === null ? {} : { HEED_DATABASE_URL: databaseUrl }),
    ...(masterKey === null ? {} : { HEED_MASTER_KEY: masterKey }),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function untilReady({ url, pid }: Heed): Promise<void> {
  for (let attempt = 0; attempt < 1_500; attempt += 1) {
    const isReady = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await sleep(20)
  }
  throw new Error(`Heed (process ${pid}) did not become ready`)
}
