import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchHeed, WRITE_KEY } from '../heed/start-heed.ts'
import type { Finding } from '../report/finding.ts'
import { median } from '../report/median.ts'
import type { Rounds } from './ingest.ts'

/** From the command to the first event that is stored, with the embedded PostgreSQL: in an empty folder, and in that one again. */
export async function measureStartUp({ rounds, say }: Pick<Rounds, 'rounds' | 'say'>): Promise<Finding[]> {
  const first: number[] = []
  const again: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const dataDir = await mkdtemp(join(tmpdir(), 'heed-bench-start-'))
    first.push(await startToFirstEvent(dataDir))
    again.push(await startToFirstEvent(dataDir))
    await rm(dataDir, { recursive: true, force: true })
    say(
      `start-up round ${round}: empty folder ${first.at(-1)?.toFixed(0)} ms, again ${again.at(-1)?.toFixed(0)} ms`,
    )
  }
  return [findingOf('an empty folder', median(first)), findingOf('a folder that was used', median(again))]
}

async function startToFirstEvent(dataDir: string): Promise<number> {
  const start = performance.now()
  const heed = await launchHeed({ dataDir, databaseUrl: null, masterKey: null })
  while (!(await isStored(heed.url))) await sleep(5)
  const ms = performance.now() - start
  await heed.stop()
  return ms
}

async function isStored(url: string): Promise<boolean> {
  return fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}` },
    body: JSON.stringify({ event: 'Started', anonymousId: 'somebody' }),
  }).then(
    ({ ok }) => ok,
    () => false,
  )
}

function findingOf(where: string, ms: number): Finding {
  return {
    what: `start to first accepted event in ${where}`,
    measured: `${ms.toFixed(0)} ms`,
    hold: '< 2000 ms',
    reachFor: '',
    isHeld: ms < 2_000,
  }
}
