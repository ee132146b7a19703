import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from '../heed/resident-bytes.ts'
import { startHeed, WRITE_KEY } from '../heed/start-heed.ts'
import type { Finding } from '../report/finding.ts'
import { EVENTS_PER_CALL } from '../traffic/mix.ts'
import { prepareSender } from '../traffic/run-sender.ts'
import type { World } from '../world/open-world.ts'
import type { Rounds } from './ingest.ts'

const FLOOD_SECONDS = 30
const CONNECTIONS = 1_000
const CALLS = 400
const MB = 1_048_576

/** Memory and manners of a server that is sent far more than it can take, and whether it is well afterwards. */
export async function measureFlood(world: World, { say }: Rounds): Promise<Finding[]> {
  const heed = await startHeed(world.place)
  const orders = { url: heed.url, writeKey: WRITE_KEY, people: world.size.people }
  const run = `f${Date.now().toString(36)}`
  const flood = await prepareSender({ ...orders, calls: CALLS, connections: CONNECTIONS, run, isFlood: true })
  const quiet = await residentBytes(heed.pid)
  let largest = quiet
  const isOver = sleep(FLOOD_SECONDS * 1_000).then(() => flood.stop())
  const sampling = setInterval(async () => {
    largest = Math.max(largest, await residentBytes(heed.pid))
  }, 100)
  const report = await flood.send()
  await isOver
  clearInterval(sampling)
  say(
    `flood: answers ${JSON.stringify(report.statuses)}, ${report.withoutRetryAfter} refusals without Retry-After`,
  )
  const after = await prepareSender({ ...orders, calls: 20, connections: 2, run: `${run}-after` })
  const { statuses } = await after.send()
  await heed.stop()
  const refused = (report.statuses[503] ?? 0) + (report.statuses[429] ?? 0)
  return [
    {
      what: `memory of the process under a flood of ${FLOOD_SECONDS} s on ${CONNECTIONS} connections`,
      measured: `${(largest / MB).toFixed(0)} MB (${(quiet / MB).toFixed(0)} MB before)`,
      hold: '< 1024 MB',
      reachFor: '',
      isHeld: largest < 1_024 * MB,
    },
    {
      what: 'calls of the flood refused with Retry-After / refused without / broken off',
      measured: `${refused - report.withoutRetryAfter} / ${report.withoutRetryAfter} / ${report.statuses[0] ?? 0}`,
      hold: 'n / 0 / 0',
      reachFor: '',
      isHeld: report.withoutRetryAfter === 0 && refused > 0,
    },
    {
      what: `calls of ${EVENTS_PER_CALL} taken right after the flood, of 20`,
      measured: String(statuses[200] ?? 0),
      hold: '20',
      reachFor: '',
      isHeld: statuses[200] === 20,
    },
  ]
}
