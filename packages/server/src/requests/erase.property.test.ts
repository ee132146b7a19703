import { Problem } from '@heed/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linkPeople } from '../identity/link-people.ts'
import { type GateRig, gateRig, item, optOut } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import type { RequestRow } from './requests.store.ts'
import { eraseWorld } from './testing/erase-world.ts'

/** Fewer runs than a rule of core gets: each of them is some forty calls to a real database. */
const RUNS = { numRuns: 25 }

const db = await testDatabase({ truncates: false })
let rig: GateRig
beforeAll(async () => {
  rig = await gateRig(db)
})
afterAll(() => rig.close())
const world = eraseWorld(() => rig)

const users = fc.constantFrom('u1', 'u2')
const devices = fc.constantFrom('a1', 'a2')
const addresses = fc.constantFrom('e1', 'e2')
const anybody = fc.oneof(users, devices, addresses)

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('visit' as const),
      user: fc.option(users),
      device: devices,
      address: fc.option(addresses),
      isTrusted: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('link' as const), one: anybody, other: anybody }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('opt-out' as const), user: users }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('suppress' as const, 'unsuppress' as const),
      name: anybody,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('erase' as const), name: anybody, suppress: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('reverse' as const, 'approve' as const, 'cancel' as const),
      place: fc.nat(5),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** What happened in one run: among people whom no other run has met. */
type Run = { readonly mark: string; readonly requests: RequestRow[]; readonly stored: Stored[] }
/** `user`: the digest of the user id that it named, which leads to its person for as long as anything does. */
type Stored = { readonly eventId: string; readonly user: Buffer | null }

let runs = 0
function freshRun(): Run {
  runs += 1
  return { mark: `p${runs}`, requests: [], stored: [] }
}

function named({ mark }: Run, name: string) {
  const value = `${mark}-${name}`
  if (name.startsWith('u')) return { kind: 'userId', value }
  return name.startsWith('a')
    ? { kind: 'anonymousId', value }
    : { kind: 'email', value: `${value}@example.com` }
}

async function take(run: Run, one: Step): Promise<void> {
  if (one.kind === 'visit') return send(run, visitOf(run, one), one.isTrusted)
  if (one.kind === 'opt-out') return send(run, optOut({ userId: named(run, one.user).value }), false)
  if (one.kind === 'erase') {
    const { value, kind } = named(run, one.name)
    run.requests.push(await world.erase(kind, value, { suppress: one.suppress }))
  } else if (one.kind === 'suppress' || one.kind === 'unsuppress')
    await world.open(one.kind, [named(run, one.name)])
  else if (one.kind === 'link') await link(run, one)
  else if ('place' in one) {
    const request = run.requests[one.place]
    if (request !== undefined) await world[one.kind](request)
  }
}

function visitOf(run: Run, { user, device, address }: Extract<Step, { kind: 'visit' }>) {
  return item({
    anonymousId: named(run, device).value,
    ...(user === null ? {} : { userId: named(run, user).value }),
    ...(address === null ? {} : { email: named(run, address).value }),
  })
}

async function send(run: Run, one: ReturnType<typeof item>, isTrusted: boolean): Promise<void> {
  const userId = one.identifiers.find(({ kind }) => kind === 'userId')
  const user = userId === undefined ? null : (await rig.rings(rig.workspaceId)).digest(userId)
  const verdicts = await rig.send([one], isTrusted ? rig.server : rig.client)
  for (const verdict of verdicts)
    if (verdict.kind === 'stored') run.stored.push({ eventId: verdict.eventId, user })
}

async function link(run: Run, { one, other }: { one: string; other: string }): Promise<void> {
  if (one === other) return
  await linkPeople(rig.requestParts, {
    workspaceId: rig.workspaceId,
    actor: 'token:test',
    idempotencyKey: null,
    link: { identifiers: [named(run, one), named(run, other)] },
  })
}

/** A contradiction that is said is fine; anything else is not. */
async function takeOrRefuse(run: Run, one: Step): Promise<void> {
  const [taken] = await Promise.allSettled([take(run, one)])
  if (taken.status === 'rejected' && !(taken.reason instanceof Problem && taken.reason.code === 'conflict'))
    throw taken.reason
}

type EventState = { readonly isErased: boolean; readonly isReadable: boolean; readonly isReachable: boolean }

const isLost = ({ isErased, isReadable, isReachable }: EventState) => isErased || !isReadable || !isReachable

/** Of each event of the run that is still there. */
async function eventsOf({ stored }: Run): Promise<readonly EventState[]> {
  const { rows } = await db.pool.query<EventState>(
    `select s.data_deleted_at is not null as "isErased",
            exists (select from subject_key k where k.workspace_id = e.workspace_id and k.key_id = e.key_id) as "isReadable",
            case when u.user_id is null
              then exists (select from subject_fragments(e.workspace_id, subject_root(e.workspace_id, e.subject_id)) as f(fragment)
                           join identifier i on i.workspace_id = e.workspace_id and i.subject_id = f.fragment)
              else exists (select from identifier i where i.workspace_id = e.workspace_id and i.digest = u.user_id
                             and subject_root(e.workspace_id, i.subject_id) = subject_root(e.workspace_id, e.subject_id))
              end as "isReachable"
     from unnest($1::uuid[], $2::bytea[]) as u(id, user_id)
     join event e on e.id = u.id
     join subject s on s.workspace_id = e.workspace_id and s.subject_id = e.subject_id`,
    [stored.map(({ eventId }) => eventId), stored.map(({ user }) => user)],
  )
  return rows
}

async function swept(): Promise<number> {
  const { rows } = await db.pool.query<{ swept: number }>(
    "select count(*)::int as swept from drop_batch, unnest(reasons) as reason where reason = 'swept'",
  )
  return rows[0]?.swept ?? 0
}

async function reverseAll({ requests }: Run): Promise<void> {
  const { rows } = await db.pool.query<RequestRow>(
    `select request_id as "requestId" from request where request_id = any($1::uuid[]) and status = 'waiting'`,
    [requests.map(({ requestId }) => requestId)],
  )
  for (const request of rows) await world.reverse(request)
}

test('however they interleave, no event of an erased person can be read, and a reverse loses none', async () => {
  const turns = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(turns, async (all) => {
      const run = freshRun()
      const sweptBefore = await swept()
      for (const turn of all) {
        await Promise.all(turn.map((one) => takeOrRefuse(run, one)))
        const wrong = (await eventsOf(run)).filter((event) =>
          event.isErased ? event.isReadable : isLost(event),
        )
        expect(wrong).toEqual([])
      }
      await reverseAll(run)
      const events = await eventsOf(run)
      expect(events.filter(isLost)).toEqual([])
      expect(events.length + (await swept()) - sweptBefore).toBe(run.stored.length)
    }),
    RUNS,
  )
}, 300_000)
