import { afterAll, beforeEach, expect, test } from 'vitest'
import { revealPerson } from '../../asking/reveal-person.ts'
import { subjectViewsIn } from '../../asking/subject-views.store.ts'
import { linkPeople } from '../../identity/link-people.ts'
import { subjectsIn } from '../../identity/subjects.store.ts'
import { unlinkPeople } from '../../identity/unlink-people.ts'
import { type GateRig, gateRig, item } from '../../testing/gate-rig.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { eraseWorld } from '../testing/erase-world.ts'

const db = await testDatabase()
let rig: GateRig
const { open, erase } = eraseWorld(() => rig)

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

const ADA = { kind: 'userId', value: 'ada' }
const HOUR_MS = 3_600_000

const says = (userId: string, traits: Record<string, unknown>, clientAt = new Date()) =>
  item({ userId }, { type: 'identify', name: null, traits, clientAt, eventAt: clientAt })
const correct = (traits: Record<string, unknown>, userId = 'ada') =>
  open('correct', [{ kind: 'userId', value: userId }], { changes: { traits } })

/** What the person's page shows. */
async function traitsOf(userId: string): Promise<unknown> {
  const ring = await rig.rings(rig.workspaceId)
  const views = subjectViewsIn(db.pool)
  const [person] = await views.found(rig.workspaceId, ring.allDigests({ kind: 'userId', value: userId }))
  const client = await db.pool.connect()
  const fragments = await subjectsIn(client, rig.workspaceId).fragments([person?.subject_id ?? ''])
  client.release()
  const profiles = await views.profiles(rig.workspaceId, fragments)
  const shown = await revealPerson(rig.keyStore, rig.workspaceId, { identifiers: [], profiles })
  return shown.traits
}

test('overwrites, adds and takes away, and touches nothing else', async () => {
  await rig.send([says('ada', { city: 'Rome', plan: 'gold', name: 'Ada' })])
  const request = await correct({ city: 'Paris', plan: null, pets: ['cat'] })
  expect(request).toMatchObject({ type: 'correct', status: 'settled' })
  expect(await traitsOf('ada')).toEqual({ city: 'Paris', name: 'Ada', pets: ['cat'] })
})

test('stands against an older event that arrives, or is replayed, after it', async () => {
  const before = new Date(Date.now() - HOUR_MS)
  await rig.send([says('ada', { city: 'Rome', plan: 'gold' }, before)])
  await correct({ city: 'Paris', plan: null })
  await rig.send([says('ada', { city: 'Rome', plan: 'gold' }, before)])
  expect(await traitsOf('ada')).toEqual({ city: 'Paris' })
})

test('stands against what a client whose clock runs ahead has said before it', async () => {
  const ahead = new Date(Date.now() + HOUR_MS)
  await rig.send([says('ada', { city: 'Rome' }, ahead)])
  await correct({ city: 'Paris' })
  expect(await traitsOf('ada')).toEqual({ city: 'Paris' })
  await rig.send([says('ada', { city: 'Rome' }, ahead)])
  expect(await traitsOf('ada')).toEqual({ city: 'Paris' })
})

test('gives way to what is said after it', async () => {
  await correct({ city: 'Paris' })
  await rig.send([says('ada', { city: 'Rome' })])
  await correct({ city: 'Paris' })
  await rig.send([says('ada', { city: 'Oslo' }, new Date(Date.now() + 1000))])
  expect(await traitsOf('ada')).toEqual({ city: 'Oslo' })
})

test('holds for every part of the person, also when a merge is undone', async () => {
  await rig.send([says('ada', { city: 'Rome' }), says('a.lovelace', { city: 'Oslo', plan: 'gold' })])
  const link = { identifiers: [ADA, { kind: 'userId', value: 'a.lovelace' }] as [typeof ADA, typeof ADA] }
  const call = { workspaceId: rig.workspaceId, actor: 'token:test' }
  const parts = { ...rig, now: () => new Date() }
  const linked = await linkPeople(parts, { ...call, idempotencyKey: null, link })
  await correct({ city: 'Paris' }, 'a.lovelace')
  expect(await traitsOf('ada')).toEqual({ city: 'Paris', plan: 'gold' })
  await unlinkPeople(parts, { ...call, linkId: linked.linkId ?? '' })
  expect(await traitsOf('ada')).toEqual({ city: 'Paris' })
  expect(await traitsOf('a.lovelace')).toEqual({ city: 'Paris', plan: 'gold' })
})

test('gives somebody a profile who had none', async () => {
  await rig.send([item({ userId: 'ada' })])
  await correct({ city: 'Paris' })
  expect(await traitsOf('ada')).toEqual({ city: 'Paris' })
})

test('says in the clear how many traits, and neither which nor what', async () => {
  await rig.send([says('ada', { city: 'Rome' })])
  await correct({ nickname: 'countess', city: 'Paris' })
  const { rows } = await db.pool.query(
    `select to_jsonb(t) as row from task t union all select to_jsonb(o) from outbox o union all select to_jsonb(r) from request r
     union all select to_jsonb(p) - 'sealed' from profile p`,
  )
  expect(JSON.stringify(rows)).not.toMatch(/nickname|countess|Paris/)
  const facts = await db.pool.query("select body from outbox where kind = 'profile-corrected'")
  expect(facts.rows).toMatchObject([{ body: { traits: 2 } }])
  const tasks = await db.pool.query('select type, state, outcome, done from task')
  expect(tasks.rows).toEqual([{ type: 'correct', state: 'done', outcome: 'confirmed', done: { profile: 1 } }])
})

test('finds nobody, an erased person included', async () => {
  await rig.send([says('ada', { city: 'Rome' })])
  await erase('userId', 'ada')
  for (const userId of ['ada', 'nobody']) {
    const { requestId, status } = await correct({ city: 'Paris' }, userId)
    expect(status).toBe('settled')
    const task = await db.pool.query('select outcome from task where request_id = $1', [requestId])
    expect(task.rows).toEqual([{ outcome: 'not-found' }])
  }
})

test('refuses several people, nothing to change, and a profile that is full', async () => {
  await rig.send([says('ada', {}), says('bob', {})])
  const both = open('correct', [ADA, { kind: 'userId', value: 'bob' }], { changes: { traits: { a: 1 } } })
  await expect(both).rejects.toMatchObject({ code: 'conflict' })
  await expect(open('correct', [ADA])).rejects.toMatchObject({ code: 'invalid-body' })
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`t${at}`, at]))
  await rig.send([says('ada', many)])
  await expect(correct({ one: 'more' })).rejects.toMatchObject({ code: 'conflict' })
  expect(await traitsOf('ada')).toEqual(many)
})

test('changes belong to a correction and to nothing else', async () => {
  const suppress = open('suppress', [ADA], { changes: { traits: { a: 1 } } })
  await expect(suppress).rejects.toMatchObject({ code: 'invalid-body' })
})
