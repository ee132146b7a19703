import { processorTimeOf } from '../heed/processor-time.ts'
import { type Heed, startHeed, WRITE_KEY } from '../heed/start-heed.ts'
import type { Finding } from '../report/finding.ts'
import { median, quantile } from '../report/median.ts'
import { EVENTS_PER_CALL } from '../traffic/mix.ts'
import { prepareSender } from '../traffic/run-sender.ts'
import type { World } from '../world/open-world.ts'
import { bareCopyRate, removeBareRows } from './bare-rows.ts'

export type Rounds = {
  readonly rounds: number
  readonly isQuick: boolean
  readonly say: (line: string) => void
}

type Round = {
  readonly eventsPerSecond: number
  readonly copyRate: number
  readonly latencies: readonly number[]
  /** Processor time of an event, microseconds. */
  readonly heedMicros: number
  readonly databaseMicros: number
  readonly copyMicros: number
}

const CONNECTIONS = 16
const RUN = Date.now().toString(36)

/** `/v1/batch` against a bare COPY of rows of the same size, by turns; the first round warms up and is not counted. */
export async function measureIngest(world: World, { rounds, isQuick, say }: Rounds): Promise<Finding[]> {
  await removeBareRows(world)
  const heed = await startHeed(world.place)
  const calls = isQuick ? 300 : 800
  const measured: Round[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const one = await measureRound({ world, heed, calls, run: `${RUN}-${round}` })
    say(`ingest round ${round}: ${describe(one)}`)
    if (round > 0) measured.push(one)
  }
  await heed.stop()
  return findingsOf(measured)
}

type OneRound = {
  readonly world: World
  readonly heed: Heed
  readonly calls: number
  readonly run: string
}

async function measureRound({ world, heed, calls, run }: OneRound): Promise<Round> {
  const events = calls * EVENTS_PER_CALL
  const people = world.size.people
  const copy = await bareCopyRate(world, events)
  await removeBareRows(world)
  const sender = await prepareSender({
    url: heed.url,
    writeKey: WRITE_KEY,
    calls,
    connections: CONNECTIONS,
    people,
    run,
  })
  const spent = () => Promise.all([processorTimeOf(heed.pid), processorTimeOf(world.serverPid)])
  const before = await spent()
  const { ms, statuses, latencies } = await sender.send()
  const after = await spent()
  if (statuses[200] !== calls)
    throw new Error(`of ${calls} calls some were not taken: ${JSON.stringify(statuses)}`)
  return {
    eventsPerSecond: events / (ms / 1_000),
    copyRate: copy.rate,
    copyMicros: copy.databaseMicros,
    latencies,
    heedMicros: ((after[0] - before[0]) * 1_000) / events,
    databaseMicros: ((after[1] - before[1]) * 1_000) / events,
  }
}

function describe({ eventsPerSecond, copyRate, heedMicros, databaseMicros, copyMicros }: Round): string {
  return (
    `${Math.round(eventsPerSecond)} events/s, COPY ${Math.round(copyRate)} rows/s, ` +
    `ratio ${(eventsPerSecond / copyRate).toFixed(3)}; processor time of an event: ` +
    `Heed ${heedMicros.toFixed(0)} µs, PostgreSQL ${databaseMicros.toFixed(0)} µs (COPY ${copyMicros.toFixed(0)} µs)`
  )
}

function findingsOf(measured: readonly Round[]): Finding[] {
  const ratio = median(measured.map(({ eventsPerSecond, copyRate }) => eventsPerSecond / copyRate))
  const rate = median(measured.map(({ eventsPerSecond }) => eventsPerSecond))
  const copyRate = median(measured.map((round) => round.copyRate))
  const latencies = measured.flatMap((round) => round.latencies)
  return [
    {
      what: 'ingest, of a bare COPY of the same rows',
      measured: ratio.toFixed(3),
      hold: '0.1',
      reachFor: '0.2',
      isHeld: ratio >= 0.1,
    },
    {
      what: 'ingest',
      measured: `${Math.round(rate)} events/s (COPY ${Math.round(copyRate)})`,
      hold: '10000',
      reachFor: '20000',
      isHeld: rate >= 10_000,
    },
    {
      what: `a call of ${EVENTS_PER_CALL} on ${CONNECTIONS} connections, p50 / p99`,
      measured: `${quantile(latencies, 0.5).toFixed(0)} / ${quantile(latencies, 0.99).toFixed(0)} ms`,
      hold: '',
      reachFor: '',
      isHeld: null,
    },
  ]
}
