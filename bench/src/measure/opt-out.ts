import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ADMIN_TOKEN, type Heed, startHeed, WRITE_KEY } from '../heed/start-heed.ts'
import type { Finding } from '../report/finding.ts'
import { median, quantile } from '../report/median.ts'
import { EVENTS_PER_CALL } from '../traffic/mix.ts'
import { prepareSender } from '../traffic/run-sender.ts'
import { numberOf } from '../traffic/write-event.ts'
import type { World } from '../world/open-world.ts'
import { personAt } from '../world/population.ts'
import type { Rounds } from './ingest.ts'

type Load = { readonly name: string; readonly optOutsPerSecond: number; readonly isUnderIngest: boolean }

const LOADS: readonly Load[] = [
  { name: '20/s alone', optOutsPerSecond: 20, isUnderIngest: false },
  { name: '20/s under full ingest', optOutsPerSecond: 20, isUnderIngest: true },
  { name: '150/s under full ingest', optOutsPerSecond: 150, isUnderIngest: true },
]

const SECONDS = 8
const CONNECTIONS = 8

/** How long an opt-out event takes to be answered, and whether anything of its person is stored after the answer. */
export async function measureOptOuts(world: World, { rounds, say }: Rounds): Promise<Finding[]> {
  const heed = await startHeed(world.place)
  const since = await latestSeq(world)
  const findings: Finding[] = []
  for (const load of LOADS) {
    const measured: Measured[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const one = await measureLoad({ world, heed, load })
      say(
        `opt-outs, ${load.name}, round ${round}: p50 ${quantile(one.latencies, 0.5).toFixed(1)} ms, ` +
          `p99 ${quantile(one.latencies, 0.99).toFixed(1)} ms of ${one.latencies.length}, ` +
          `${one.slips} slips, ${Math.round(one.eventsPerSecond)} events/s beside them`,
      )
      measured.push(one)
    }
    findings.push(...findingsOf(load, measured))
  }
  findings.push(await storedAfterwards(world, since))
  await heed.stop()
  return findings
}

type Measured = {
  readonly latencies: readonly number[]
  readonly slips: number
  readonly eventsPerSecond: number
}

type OneLoad = { readonly world: World; readonly heed: Heed; readonly load: Load }

async function measureLoad({ world, heed, load }: OneLoad): Promise<Measured> {
  const sender = load.isUnderIngest
    ? await prepareSender({
        url: heed.url,
        writeKey: WRITE_KEY,
        calls: 100 * SECONDS,
        connections: CONNECTIONS,
        people: world.size.people,
        run: `o${Date.now().toString(36)}`,
      })
    : null
  const sent = sender?.send()
  if (sender !== null) await sleep(1_000)
  const answers = await optOutsAtRate({ world, heed, load })
  sender?.stop()
  const report = await sent
  const calls = report?.statuses[200] ?? 0
  return {
    latencies: answers.map(({ ms }) => ms),
    slips: answers.filter(({ isSlip }) => isSlip).length,
    eventsPerSecond: report === undefined ? 0 : (calls * EVENTS_PER_CALL) / (report.ms / 1_000),
  }
}

/** Opt-outs start on time whether or not those before them have been answered: a slow server meets more of them at once. */
async function optOutsAtRate({ world, heed, load }: OneLoad): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true })
  const writer = { people: world.size.people, run: 'opt-out', chance: Math.random }
  const start = performance.now()
  const answers: Promise<Answer>[] = []
  for (let sent = 0; sent < load.optOutsPerSecond * SECONDS; sent += 1) {
    const dueMs = start + (sent * 1_000) / load.optOutsPerSecond
    await sleep(Math.max(0, dueMs - performance.now()))
    answers.push(optOut({ url: heed.url, agent, person: numberOf(writer) }))
  }
  const all = await Promise.all(answers)
  agent.destroy()
  return all
}

type Answer = { readonly ms: number; readonly isSlip: boolean }

type OptOut = { readonly url: string; readonly agent: Agent; readonly person: number }

/** As soon as it is answered, the same person is heard of again: that event must not be stored. */
async function optOut({ url, agent, person }: OptOut): Promise<Answer> {
  const { userId, anonymousId } = personAt(person)
  const who = userId === null ? { anonymousId } : { userId, anonymousId }
  const sentAt = performance.now()
  const answer = await post({ url: `${url}/v1/track`, agent, token: null }, { event: 'Opted Out', ...who })
  const ms = performance.now() - sentAt
  if (answer.status !== 200) throw new Error(`an opt-out was answered with ${answer.status}`)
  const again = await post(
    { url: `${url}/v1/track`, agent, token: ADMIN_TOKEN },
    { event: 'Afterwards', ...who },
  )
  return { ms, isSlip: again.text.includes('"stored"') }
}

type Target = { readonly url: string; readonly agent: Agent; readonly token: string | null }

function post({ url, agent, token }: Target, body: object): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const text = JSON.stringify(token === null ? body : { ...body, writeKey: WRITE_KEY })
  const authorization =
    token === null ? `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}` : `Bearer ${token}`
  const headers = {
    authorization,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  }
  const call = request(url, { method: 'POST', agent, headers }, (answer) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('end', () =>
      resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
    )
  })
  call.on('error', reject)
  call.end(text)
  return promise
}

function findingsOf({ name, isUnderIngest }: Load, measured: readonly Measured[]): Finding[] {
  const p50 = median(measured.map(({ latencies }) => quantile(latencies, 0.5)))
  const p99 = median(measured.map(({ latencies }) => quantile(latencies, 0.99)))
  const slips = measured.reduce((sum, one) => sum + one.slips, 0)
  const rate = Math.round(median(measured.map(({ eventsPerSecond }) => eventsPerSecond)))
  const beside = isUnderIngest ? `, beside ${rate} events/s` : ''
  return [
    {
      what: `opt-outs ${name}, p50 / p99`,
      measured: `${p50.toFixed(1)} / ${p99.toFixed(1)} ms${beside}`,
      hold: isUnderIngest ? 'p99 < 150 ms' : '',
      reachFor: isUnderIngest ? 'p99 < 50 ms' : '',
      isHeld: isUnderIngest ? p99 < 150 : null,
    },
    {
      what: `opt-outs ${name}: heard of at once again, and stored`,
      measured: String(slips),
      hold: '0',
      reachFor: '',
      isHeld: slips === 0,
    },
  ]
}

async function latestSeq({ pool }: World): Promise<string> {
  const { rows } = await pool.query<{ seq: string }>("select nextval('fact_seq') as seq")
  return rows[0]?.seq ?? '0'
}

/** Every event with a later place in the order of things than its person's opt-out, whoever sent it. */
async function storedAfterwards({ pool, workspaceId }: World, since: string): Promise<Finding> {
  const { rows } = await pool.query<{ slips: string; causes: string }>(
    `select count(distinct c.cause) as causes, count(e.id) as slips
     from suppression_cause c
     cross join lateral subject_fragments($1, subject_root($1, c.subject_id)) as f(fragment)
     left join lateral (
       select id from event e
       where e.workspace_id = $1 and e.subject_id = f.fragment and e.seq > c.from_seq and e.id <> c.cause) e on true
     where c.workspace_id = $1 and c.from_seq > $2 and c.kind = 'opt-out-event'`,
    [workspaceId, since],
  )
  const [row] = rows
  return {
    what: `events stored after one of ${row?.causes ?? 0} opt-outs`,
    measured: row?.slips ?? '?',
    hold: '0',
    reachFor: '',
    isHeld: row?.slips === '0',
  }
}
