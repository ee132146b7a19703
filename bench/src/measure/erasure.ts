import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { processorTimeOf } from '../heed/processor-time.ts'
import { ADMIN_TOKEN, type Heed, startHeed, WRITE_KEY } from '../heed/start-heed.ts'
import type { Finding } from '../report/finding.ts'
import { median, quantile } from '../report/median.ts'
import type { World } from '../world/open-world.ts'
import type { Rounds } from './ingest.ts'

const SIZES = [100, 10_000, 100_000] as const
const SEALED_BYTES = 1_000
const POLL_MS = 5
const RUN = Date.now().toString(36)

/** How long it takes until nobody can read an erased person, by how much is stored of them, and how fast their rows go. */
export async function measureErasure(world: World, { rounds, say }: Rounds): Promise<Finding[]> {
  const heed = await startHeed(world.place)
  const findings: Finding[] = []
  for (const events of SIZES) {
    const measured: Measured[] = []
    for (let round = 0; round <= rounds; round += 1) {
      const one = await measureOne({ world, heed, userId: `erase-${RUN}-${events}-${round}`, events })
      say(
        `erase of ${events} events, round ${round}: unreadable after ${one.unreadableMs.toFixed(1)} ms, ` +
          `scrub ${Math.round(one.scrubRate)} rows/s (PostgreSQL ${one.databaseMicros.toFixed(0)} µs a row), ${one.outcome}`,
      )
      if (round > 0) measured.push(one)
    }
    findings.push(...findingsOf(events, measured))
  }
  await heed.stop()
  return findings
}

type Measured = {
  readonly unreadableMs: number
  /** Did a look after the answer still find something? */
  readonly isReadable: boolean
} & Scrubbed

type One = {
  readonly world: World
  readonly heed: Heed
  readonly userId: string
  readonly events: number
}

async function measureOne(one: One): Promise<Measured> {
  const { world, heed, userId } = one
  const subjectId = await storePerson(one)
  const sentAt = performance.now()
  const answer = await call(heed, 'POST /api/v1/requests', {
    type: 'erase',
    subject: { identifiers: [{ kind: 'userId', value: userId }] },
  })
  const unreadableMs = performance.now() - sentAt
  if (answer.status !== 201) throw new Error(`an erase was answered with ${answer.status}`)
  const after = await call(heed, `GET /api/v1/subjects/sub_${subjectId}/timeline`)
  const isReadable = after.status === 200 && after.text.includes('evt_')
  return { unreadableMs, isReadable, ...(await endAndScrub(world, subjectId)) }
}

/** One event comes by the door; the database makes the others of it, each beside one of somebody else. */
async function storePerson({ world, heed, userId, events }: One): Promise<string> {
  const { pool, workspaceId } = world
  const basic = Buffer.from(`${WRITE_KEY}:`).toString('base64')
  const body = JSON.stringify({ event: userId, userId })
  const sent = await fetch(`${heed.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body,
  })
  if (sent.status !== 200) throw new Error(`an event was answered with ${sent.status}`)
  const { rows } = await pool.query<{ subject_id: string }>(
    'select subject_id from event where workspace_id = $1 and name = $2',
    [workspaceId, userId],
  )
  await pool.query(
    `insert into event (workspace_id, id, seq, subject_id, key_id, source_id, type, name, event_at, received_at, sealed)
     select e.workspace_id, overlay(gen_random_uuid()::text placing left(e.id::text, 18) from 1 for 18)::uuid, nextval('fact_seq'),
            who.subject_id, who.key_id, e.source_id, 'track', 'Event ' || (g % 50), e.event_at, e.received_at, $3::bytea
     from event e, generate_series(2, $4::integer) g
     cross join lateral (select e.subject_id, e.key_id
                         union all (select p.subject_id, p.key_id from bench_person p where p.number = g % $5::integer)) who
     where e.workspace_id = $1 and e.name = $2`,
    [workspaceId, userId, Buffer.alloc(SEALED_BYTES, 1), events, world.size.people],
  )
  const [stored] = rows
  if (stored === undefined) throw new Error('an event was answered and is not there')
  return stored.subject_id
}

type Progress = {
  readonly isBegun: boolean
  readonly now: string
  readonly outcome: string
  readonly rows: number
  /** Since it was begun; null before its end. */
  readonly seconds: number | null
}

type Begun = { readonly at: string; readonly spentMs: number }

type Scrubbed = {
  readonly scrubRate: number
  /** Processor time of PostgreSQL for a row, microseconds. */
  readonly databaseMicros: number
  readonly outcome: string
}

/** The window ends now. Timed by the database's clock, from when rows begin to go until the second look has found none. */
async function endAndScrub({ pool, serverPid }: World, subjectId: string): Promise<Scrubbed> {
  await pool.query(
    'update task set recoverable_until = clock_timestamp(), due_at = clock_timestamp() where subject_id = $1',
    [subjectId],
  )
  let begun: Begun | null = null
  for (;;) {
    const progress = await progressOf(pool, subjectId, begun?.at ?? null)
    const spentMs = await processorTimeOf(serverPid)
    if (progress.isBegun) begun ??= { at: progress.now, spentMs }
    if (begun !== null && progress.seconds !== null) {
      const { rows, seconds, outcome } = progress
      return {
        scrubRate: rows / seconds,
        databaseMicros: ((spentMs - begun.spentMs) * 1_000) / rows,
        outcome,
      }
    }
    await sleep(POLL_MS)
  }
}

async function progressOf(pool: pg.Pool, subjectId: string, begunAt: string | null): Promise<Progress> {
  const { rows } = await pool.query<Progress>(
    `select state in ('scrubbing', 'done') as "isBegun", clock_timestamp()::text as now, outcome,
            (select sum(value::integer)::integer from jsonb_each_text(done)) as rows,
            extract(epoch from settled_at - $2::timestamptz)::float as seconds
     from task where subject_id = $1`,
    [subjectId, begunAt],
  )
  const [row] = rows
  if (row === undefined) throw new Error('the erase has made no task')
  return row
}

async function call(heed: Heed, route: string, body?: object): Promise<{ status: number; text: string }> {
  const [method = 'GET', path = '/'] = route.split(' ')
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const answer = await fetch(heed.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

function findingsOf(events: number, measured: readonly Measured[]): Finding[] {
  const times = measured.map(({ unreadableMs }) => unreadableMs)
  const readable = measured.filter(({ isReadable }) => isReadable).length
  const count = events.toLocaleString('en')
  const findings: Finding[] = [
    {
      what: `erase of a person with ${count} events, until its answer: p50 / longest`,
      measured: `${median(times).toFixed(1)} / ${quantile(times, 1).toFixed(1)} ms`,
      hold: 'p50 < 100 ms',
      reachFor: '',
      isHeld: median(times) < 100,
    },
    {
      what: `erase of a person with ${count} events: read at once again, and found`,
      measured: String(readable),
      hold: '0',
      reachFor: '',
      isHeld: readable === 0,
    },
  ]
  return events === SIZES[0] ? findings : [...findings, scrubFinding(count, measured)]
}

function scrubFinding(count: string, measured: readonly Measured[]): Finding {
  const rate = median(measured.map(({ scrubRate }) => scrubRate))
  const micros = median(measured.map(({ databaseMicros }) => databaseMicros))
  return {
    what: `scrub of ${count} events and the second look`,
    measured: `${Math.round(rate).toLocaleString('en')} rows/s, PostgreSQL ${micros.toFixed(0)} µs a row`,
    hold: '50,000 rows/s',
    reachFor: '',
    isHeld: rate >= 50_000,
  }
}
