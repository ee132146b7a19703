import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from '../heed/resident-bytes.ts'
import { ADMIN_TOKEN, type Heed, startHeed, WRITE_KEY } from '../heed/start-heed.ts'
import type { Finding } from '../report/finding.ts'
import { median } from '../report/median.ts'
import { EVENT_BYTES } from '../traffic/mix.ts'
import type { World } from '../world/open-world.ts'
import type { Rounds } from './ingest.ts'

const EVENTS = 100_000
const EVENTS_PER_CALL = 400
const MB = 1_048_576

/** How fast a person's events are packed for them, and how much memory that takes beside what the server has anyway. */
export async function measureAccessExport(world: World, { rounds, say }: Rounds): Promise<Finding[]> {
  const userId = `export-${Date.now().toString(36)}`
  const collecting = await startHeed(world.place)
  await collectEvents(collecting, userId)
  await collecting.stop()
  await world.pool.query('analyze event')
  const measured: Measured[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const heed = await startHeed(world.place)
    const one = await measureOne(heed, userId)
    await heed.stop()
    say(
      `export of ${EVENTS} events, round ${round}: ${Math.round(one.rate)} events/s, ${(one.bytes / MB).toFixed(1)} MB, ` +
        `memory ${(one.quiet / MB).toFixed(0)} + ${(one.added / MB).toFixed(0)} MB`,
    )
    if (round > 0) measured.push(one)
  }
  return findingsOf(measured)
}

async function collectEvents(heed: Heed, userId: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`
  for (let sent = 0; sent < EVENTS; sent += EVENTS_PER_CALL) {
    const batch = Array.from({ length: EVENTS_PER_CALL }, (_, at) => eventOf(userId, sent + at))
    const answer = await fetch(`${heed.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ batch }),
    })
    if (answer.status !== 200) throw new Error(`a batch was answered with ${answer.status}`)
  }
}

/** As long as the traffic's events are, and no two alike. */
function eventOf(userId: string, number: number): object {
  const event = { type: 'track', event: `Event ${number % 50}`, userId, messageId: `${userId}-${number}` }
  const value = (salt: number) => (Math.imul(number + salt, 2_654_435_761) >>> 0).toString(36)
  const properties: Record<string, string> = {}
  for (let at = 0; JSON.stringify({ ...event, properties }).length < EVENT_BYTES; at += 1)
    properties[`property${at}`] = value(at)
  return { ...event, properties }
}

type Measured = {
  readonly rate: number
  readonly bytes: number
  readonly quiet: number
  readonly added: number
}

async function measureOne(heed: Heed, userId: string): Promise<Measured> {
  const quiet = await residentBytes(heed.pid)
  let most = quiet
  const sampling = setInterval(async () => {
    most = Math.max(most, await residentBytes(heed.pid))
  }, 50)
  const begun = performance.now()
  const identifiers = [{ kind: 'userId', value: userId }]
  const { id } = await call(heed, 'POST /api/v1/requests', { type: 'access', subject: { identifiers } })
  for (;;) {
    const { state, bytes } = await call(heed, `GET /api/v1/requests/${id}/export`)
    if (state === 'ready') {
      clearInterval(sampling)
      const seconds = (performance.now() - begun) / 1_000
      return { rate: EVENTS / seconds, bytes: Number(bytes), quiet, added: most - quiet }
    }
    if (state !== 'making') throw new Error(`an export came to the state ${state}`)
    await sleep(50)
  }
}

async function call(heed: Heed, route: string, body?: object): Promise<Record<string, unknown>> {
  const [method = 'GET', path = '/'] = route.split(' ')
  const answer = await fetch(heed.url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} was answered with ${answer.status}`)
  return JSON.parse(await answer.text())
}

function findingsOf(measured: readonly Measured[]): Finding[] {
  const added = Math.max(...measured.map((one) => one.added))
  const quiet = Math.max(...measured.map((one) => one.quiet))
  const count = EVENTS.toLocaleString('en')
  return [
    {
      what: `export of ${count} events, from the request until it can be downloaded`,
      measured: `${Math.round(median(measured.map(({ rate }) => rate))).toLocaleString('en')} events/s`,
      hold: '',
      reachFor: '',
      isHeld: null,
    },
    {
      what: `memory an export of ${count} events takes beside what the server has`,
      measured: `${(added / MB).toFixed(0)} MB (${(quiet / MB).toFixed(0)} MB before)`,
      hold: '< 150 MB',
      reachFor: '',
      isHeld: added < 150 * MB,
    },
  ]
}
