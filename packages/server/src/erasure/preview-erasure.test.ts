import type { ErasurePreview, NewErasurePreview } from '@heed/protocol'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { placeHold } from '../holds/place-hold.ts'
import { releaseHold } from '../holds/release-hold.ts'
import { linkPeople } from '../identity/link-people.ts'
import { unlinkPeople } from '../identity/unlink-people.ts'
import { eraseWorld } from '../requests/testing/erase-world.ts'
import { PERSONAL_DATA } from '../store/personal-data.ts'
import { type GateRig, gateRig, item } from '../testing/gate-rig.ts'
import { testDatabase } from '../testing/test-database.ts'
import { previewErasure } from './preview-erasure.ts'

const db = await testDatabase()
let rig: GateRig
const { open, erase } = eraseWorld(() => rig)

const DAY_MS = 86_400_000

beforeEach(async () => {
  await rig?.close()
  rig = await gateRig(db)
})
afterAll(() => rig?.close())

type Named = NewErasurePreview['subject']['identifiers'][number]
type Change = Partial<Omit<NewErasurePreview, 'subject'>> & {
  readonly reversalDays?: number
  readonly mayReadRestricted?: boolean
  readonly longestMs?: number
}

const user = (value: string): Named => ({ kind: 'userId', value })
const email = (value: string): Named => ({ kind: 'email', value })

function preview(identifiers: readonly Named[], change: Change = {}): Promise<ErasurePreview> {
  const { reversalDays = 7, mayReadRestricted = true, longestMs = 5_000, ...asked } = change
  const { newId, rings, keyStore, workspaceId } = rig
  const asking = { pool: db.pool, keys: keyStore, digestsOf: rings, now: () => new Date(), newId }
  const asker = { workspaceId, actor: 'token:test', door: 'test', mayReadRestricted }
  const parts = { asking, rings, reversalDays, longestMs }
  return previewErasure(parts, asker, { subject: { identifiers: [...identifiers] }, ...asked })
}

const rowsOf = (shown: ErasurePreview) =>
  Object.fromEntries(shown.tables.map(({ table, rows }) => [table, rows]))
const actionsOf = (shown: ErasurePreview) =>
  Object.fromEntries(shown.tables.map(({ table, action }) => [table, action]))
const subjectOf = async (userId: string) => (await preview([user(userId)])).subjects[0]?.id ?? ''

const link = (one: Named, other: Named) =>
  linkPeople(
    { ...rig, now: () => new Date() },
    {
      workspaceId: rig.workspaceId,
      actor: 'token:test',
      idempotencyKey: null,
      link: { identifiers: [one, other] },
    },
  )

const order = (userId: string, amount: string, change: Parameters<typeof item>[1] = {}) =>
  item(
    { userId },
    {
      name: 'Order Completed',
      purchase: { kind: 'order', orderId: null },
      revenue: amount,
      currency: 'EUR',
      ...change,
    },
  )

test('counts in every table what is there of the person, and of nobody else', async () => {
  await rig.send([
    item({ userId: 'ada', anonymousId: 'a1', email: 'ada@example.com' }),
    item({ userId: 'ada' }),
  ])
  await rig.send([
    item({ anonymousId: 'a2' }),
    item({ userId: 'bob' }),
    order('ada', '12.50'),
    order('bob', '1'),
  ])
  await link(user('ada'), { kind: 'anonymousId', value: 'a2' })
  await rig.send([item({ userId: 'ada' }, { type: 'identify', name: null, traits: { city: 'Paris' } })])
  const shown = await preview([email('ada@example.com')])
  expect(rowsOf(shown)).toMatchObject({
    event: 5,
    purchase: 1,
    identifier: 4,
    subject: 2,
    subject_alias: 1,
    subject_key: 2,
    profile: 1,
    suppression: 0,
    hold: 0,
    outbox: 1,
  })
  expect(Object.keys(rowsOf(shown)).toSorted()).toEqual(
    Object.keys(PERSONAL_DATA)
      .filter((table) => PERSONAL_DATA[table]?.kind === 'personal')
      .toSorted(),
  )
})

test('says what is done to each table', async () => {
  await rig.send([item({ userId: 'ada' })])
  expect(actionsOf(await preview([user('ada')]))).toMatchObject({
    event: 'anonymised',
    purchase: 'anonymised',
    profile: 'nulled',
    identifier: 'deleted',
    suppression: 'kept',
  })
})

test('says what revenue reports keep, per currency, refunds taken off', async () => {
  await rig.send([order('ada', '12.50'), order('ada', '7.25'), order('ada', '3', { currency: null })])
  await rig.send([order('ada', '2.25', { purchase: { kind: 'refund', orderId: null } }), order('bob', '99')])
  expect((await preview([user('ada')])).revenueImpact).toEqual([
    { currency: null, orders: 1, refunds: 0, net: '3' },
    { currency: 'EUR', orders: 2, refunds: 1, net: '17.50' },
  ])
})

test('names the ids of people who share an identifier, from both sides, and touches them not', async () => {
  await rig.send([
    item({ userId: 'ada', email: 'ada@example.com' }),
    item({ userId: 'eve', email: 'eve@example.com' }),
  ])
  await rig.send([
    item({ userId: 'bob', email: 'ada@example.com' }),
    item({ userId: 'ada', email: 'eve@example.com' }),
  ])
  const [bob, eve] = [await subjectOf('bob'), await subjectOf('eve')]
  const shown = await preview([user('ada')])
  expect(shown.otherSubjects).toEqual([bob, eve].toSorted())
  expect(shown.subjects).toHaveLength(1)
})

test('says what the request would be', async () => {
  await rig.send([item({ userId: 'ada', email: 'ada@example.com' }), item({ userId: 'bob' })])
  expect(await preview([user('ada')])).toMatchObject({ status: 'waiting', doubt: null })
  expect(await preview([user('ada'), user('bob')])).toMatchObject({
    status: 'awaiting-approval',
    doubt: 'several-people',
    recoverableUntil: null,
  })
  expect(await preview([user('nobody')])).toMatchObject({
    status: 'settled',
    subjects: [],
    recoverableUntil: null,
  })
})

test('says until when it could be reversed, and what cannot', async () => {
  await rig.send([item({ userId: 'ada' })])
  const shown = await preview([user('ada')])
  const [{ recoverableUntil } = { recoverableUntil: null }] = shown.destinations
  expect(Date.parse(recoverableUntil ?? '')).toBeCloseTo(Date.now() + 7 * DAY_MS, -4)
  expect(shown.irreversible[0]).toContain(recoverableUntil)
  const submittedAt = new Date(Date.now() - 23 * DAY_MS).toISOString()
  const late = await preview([user('ada')], { submittedAt })
  expect(Date.parse(late.dueAt)).toBeCloseTo(Date.now() + 5 * DAY_MS, -4)
  expect(Date.parse(late.recoverableUntil ?? '')).toBeCloseTo(Date.now() + 2 * DAY_MS, -4)
  const never = await preview([user('ada')], { reversalDays: 0 })
  expect(never).toMatchObject({
    recoverableUntil: null,
  })
  expect(never.irreversible[0]).toContain('cannot be reversed')
})

test('is the same plan whatever is collected meanwhile, whichever identifier is named, and however often it is asked', async () => {
  await rig.send([item({ userId: 'ada', email: 'ada@example.com' })])
  const before = await preview([user('ada')])
  await rig.send([item({ userId: 'ada' })])
  const after = await preview([email('ada@example.com')])
  expect(after.planHash).toBe(before.planHash)
  expect(rowsOf(after).event).toBe((rowsOf(before).event ?? 0) + 1)
})

test('is the same plan whatever the order of the links that made the person one', async () => {
  await rig.send([item({ userId: 'u1' }), item({ userId: 'u2' }), item({ userId: 'u3' })])
  const roots = new Set<string | undefined>()
  const hashes = new Set<string>()
  for (const order of [
    ['u1', 'u2', 'u3'],
    ['u3', 'u2', 'u1'],
    ['u2', 'u3', 'u1'],
  ]) {
    const [a, b, c] = order.map(user) as [Named, Named, Named]
    const links = [await link(a, b), await link(a, c)]
    const shown = await preview([user('u1')])
    roots.add(shown.subjects[0]?.id)
    hashes.add(shown.planHash)
    const call = { workspaceId: rig.workspaceId, actor: 'token:test' }
    for (const { linkId } of links.toReversed()) await unlinkPeople(rig, { ...call, linkId: linkId ?? '' })
  }
  expect([roots.size, hashes.size]).toEqual([3, 1])
})

test('an erase that names the plan is carried out', async () => {
  await rig.send([item({ userId: 'ada', email: 'ada@example.com' })])
  const { planHash } = await preview([user('ada')])
  expect(await open('erase', [email('ada@example.com')], { planHash })).toMatchObject({ status: 'waiting' })
})

async function snapshot(): Promise<unknown> {
  const tables = [
    'request',
    'suppression_cause',
    'suppression',
    'identifier',
    'subject_key',
    'escrowed_key',
    'task',
    'outbox',
  ]
  const all = await Promise.all(
    tables.map((table) => db.pool.query(`select * from ${table} order by 1, 2, 3`)),
  )
  return all.map(({ rows }) => rows)
}

const day = () => new Date(Date.now() + DAY_MS).toISOString()

test.each<[string, () => Promise<unknown>]>([
  ['the person is known by another identifier', () => rig.send([item({ userId: 'ada', anonymousId: 'a9' })])],
  ['another person has joined them', () => link(user('ada'), user('bob'))],
  ['somebody else names their address', () => rig.send([item({ userId: 'bob', email: 'ada@example.com' })])],
  [
    'a hold has been placed',
    async () =>
      placeHold(rig.requestParts, {
        workspaceId: rig.workspaceId,
        actor: 'token:test',
        idempotencyKey: null,
        subjectId: (await subjectOf('ada')).slice(4),
        hold: { reason: 'a dispute', until: day() },
      }),
  ],
])('an erase is refused, and nothing is changed, when meanwhile %s', async (_, drift) => {
  await rig.send([item({ userId: 'ada', email: 'ada@example.com' }), item({ userId: 'bob' })])
  const named = [email('ada@example.com')]
  const { planHash } = await preview(named)
  await drift()
  const before = await snapshot()
  await expect(open('erase', named, { planHash })).rejects.toMatchObject({ code: 'plan-drifted' })
  expect(await snapshot()).toEqual(before)
  await open('erase', named, { planHash: (await preview(named)).planHash })
})

test('an erase is refused when it would let newer events in, and the preview would not', async () => {
  await rig.send([item({ userId: 'ada' })])
  const { planHash } = await preview([user('ada')])
  await expect(open('erase', [user('ada')], { planHash, suppress: false })).rejects.toMatchObject({
    code: 'plan-drifted',
  })
  const again = await preview([user('ada')], { suppress: false })
  await open('erase', [user('ada')], { planHash: again.planHash, suppress: false })
})

test('shows the holds, and an erase that agreed to one waits for it', async () => {
  await rig.send([item({ userId: 'ada' })])
  const subjectId = (await subjectOf('ada')).slice(4)
  const call = { workspaceId: rig.workspaceId, actor: 'token:test', subjectId }
  const hold = { reason: 'a dispute', until: day() }
  const { holdId } = await placeHold(rig.requestParts, { ...call, idempotencyKey: null, hold })
  const shown = await preview([user('ada')])
  expect(shown).toMatchObject({ status: 'held', holds: [{ id: `hld_${holdId}`, until: hold.until }] })
  await releaseHold(rig.requestParts, { ...call, holdId })
  await expect(open('erase', [user('ada')], { planHash: shown.planHash })).rejects.toMatchObject({
    code: 'plan-drifted',
  })
})

test('counts nothing of a restricted person for a token without privacy:read, and still gives the plan', async () => {
  await rig.send([order('ada', '12.50')])
  await open('restrict', [user('ada')])
  const hidden = await preview([user('ada')], { mayReadRestricted: false })
  const shown = await preview([user('ada')])
  expect(hidden).toMatchObject({
    subjects: [{ restricted: true }],
    revenueImpact: [],
    planHash: shown.planHash,
  })
  expect(new Set(Object.values(rowsOf(hidden)))).toEqual(new Set([null]))
  expect(rowsOf(shown).event).toBe(1)
})

test('finds nobody who was erased', async () => {
  await rig.send([item({ userId: 'ada' })])
  await erase('userId', 'ada')
  expect(await preview([user('ada')])).toMatchObject({ status: 'settled', subjects: [] })
})

test('waits neither for the gate nor for ever, and says so', async () => {
  await rig.send([item({ userId: 'ada' })])
  const gate = await db.pool.connect()
  await gate.query('begin')
  await gate.query('lock table identifier_mention in access exclusive mode')
  await expect(preview([user('ada')], { longestMs: 100 })).rejects.toMatchObject({
    code: 'overloaded',
    hint: expect.stringContaining('0.1 seconds'),
  })
  await gate.query('rollback')
  gate.release()
  await rig.lane.run(rig.workspaceId, async () => {
    expect(await preview([user('ada')])).toMatchObject({ status: 'waiting' })
  })
})

test('records who looked at whom', async () => {
  await rig.send([item({ userId: 'ada' })])
  const ada = await subjectOf('ada')
  await db.pool.query('delete from outbox')
  await preview([user('ada')])
  const { rows } = await db.pool.query('select kind, subject_id, body from outbox')
  expect(rows).toEqual([
    { kind: 'access-to-personal-data', subject_id: ada.slice(4), body: { door: 'test', rows: 1 } },
  ])
})
